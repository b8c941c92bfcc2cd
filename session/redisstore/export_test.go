package redisstore

import (
	"os"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// KeyName is the name of the key under which a session is stored.
func KeyName(s *Store, key session.Key) string { return s.key(&key) }

// UserKeyName is the name of a user's index.
func UserKeyName(s *Store, user string) string { return s.userKey(user) }

// UnindexText is the script that removes a session from a user's index.
var UnindexText = unindexText

// DocumentedUser is the user that the package's documentation shows, as the server's configuration takes it.
func DocumentedUser(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		tb.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "//\tuser ")
	lines, _, found := strings.Cut(after, "\n//\n")
	if !found {
		tb.Fatal("the documentation shows no user")
	}
	return strings.ReplaceAll(lines, "\n//\t", " ")
}
