package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"
)

// keyBytes is what SecretKey and EncryptionKey ask for.
const keyBytes = 32

func newKeygen() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen",
		Short: "Print a new key: 32 random bytes, as 64 hexadecimal digits",
		Long: `Print a new key for SecretKey or EncryptionKey: 32 random bytes, as 64 hexadecimal digits.

To replace a key without logging anybody out, put the new one in its place and the former one into the old keys
(PROAPI_SESSION_OLD_SECRET_KEYS), and drop that once the sessions' maximum age has passed.`,
		Example: `  export PROAPI_SESSION_SECRET_KEY=$(proapi keygen)
  (umask 077; proapi keygen >session.key)`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			key := make([]byte, keyBytes)
			_, _ = rand.Read(key) // never fails
			_, err := fmt.Fprintln(cmd.OutOrStdout(), hex.EncodeToString(key))
			return err
		},
	}
}
