package bench_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkFloorFile is what the system asks for as many bytes as a session has in a file.
func BenchmarkFloorFile(b *testing.B) {
	rec := recordOf(b)
	content := make([]byte, rec.EncodedSize())
	path := filepath.Join(b.TempDir(), "session")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	for _, floor := range []struct {
		name string
		do   func() error
	}{
		{"stat", func() error {
			_, err := os.Lstat(path)
			return err
		}},
		{"open-read-close", func() error { return readFile(path, content) }},
		{"write-rename", func() error { return replaceFile(path, content, false) }},
		{"write-fsync-rename", func() error { return replaceFile(path, content, true) }},
	} {
		b.Run("work="+floor.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := floor.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// readFile reads the file into buf, which is as long as it is.
func readFile(path string, buf []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.ReadFull(f, buf)
	return errors.Join(err, f.Close())
}

// replaceFile writes a file beside the one at path, and puts it in its place.
func replaceFile(path string, content []byte, sync bool) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if sync {
		err = errors.Join(err, f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
