package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/proapi-go/proapi/session/store"
)

var errClosed = fmt.Errorf("the store is closed: %w", fs.ErrClosed)

// wrap says what was being done. A *fs.PathError's path ends in the session's key, so only its reason is kept.
func wrap(doing string, err error) error {
	if err == nil || err == store.ErrConflict { //nolint:errorlint // itself is what callers compare with, and cheapest bare
		return err
	}
	return fmt.Errorf("filestore: %s: %w", doing, bare(err))
}

// bare returns the reason within an error that names files.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return bare(path.Err)
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return bare(link.Err)
	}
	return err
}
