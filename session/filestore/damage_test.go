package filestore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// sampleFiles are the contents of a record's file and of a tombstone's, under key.
func sampleFiles(tb testing.TB, key store.Key) [][]byte {
	tb.Helper()
	directory := tb.TempDir()
	s := open(tb, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	var files [][]byte
	read := func() {
		b, err := os.ReadFile(pathOf(directory, key))
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, b)
	}
	save(tb, s, key, record("the values"))
	read()
	if err := s.Delete(tb.Context(), key, time.Now().Add(time.Hour)); err != nil {
		tb.Fatal(err)
	}
	read()
	return files
}

func TestEveryDamageIsFound(t *testing.T) {
	key := newKey()
	for _, whole := range sampleFiles(t, key) {
		copied, err := filestore.Decode(key, whole)
		if err != nil {
			t.Fatalf("a whole file: %v", err)
		}
		for i := range whole {
			if _, err := filestore.Decode(key, whole[:i]); err == nil && i != len(copied) {
				t.Errorf("a file cut to %d of %d bytes was read", i, len(whole))
			}
		}
		for i := range copied {
			for bit := range 8 {
				flipped := bytes.Clone(whole)
				flipped[i] ^= 1 << bit
				if _, err := filestore.Decode(key, flipped); err == nil {
					t.Errorf("a file with bit %d of byte %d flipped was read", bit, i)
				}
			}
			zeros := append(bytes.Clone(whole[:i]), make([]byte, len(whole)-i)...)
			if _, err := filestore.Decode(key, zeros); err == nil && !bytes.Equal(zeros, whole) {
				t.Errorf("a file of zeros from byte %d on was read", i)
			}
		}
		if _, err := filestore.Decode(key, append(bytes.Clone(whole), 0)); err == nil {
			t.Error("a file with a byte more was read")
		}
		if _, err := filestore.Decode(newKey(), whole); err == nil {
			t.Error("a file under another session's name was read")
		}
	}
}

func TestBrokenFileIsSetAsideAndItsSessionNotThere(t *testing.T) {
	key := newKey()
	whole := sampleFiles(t, key)[0]
	cases := []struct {
		reason  string
		content []byte
	}{
		{"empty", nil},
		{"cut short", whole[:9]},
		{"not a session's file", []byte(strings.Repeat("hello ", 20))},
		{"of another format", append([]byte("PROAPI\x01"), whole[7:]...)},
		{"cut short", whole[:40]},
		{"longer than it says", whole[:len(whole)-1]},
		{"longer than it says", append(bytes.Clone(whole), 'x')},
		{"wrong checksum", append(bytes.Clone(whole[:40]), make([]byte, len(whole)-40)...)},
	}
	for _, c := range cases {
		directory, log := t.TempDir(), &journal{}
		s := open(t, filestore.Options{Directory: directory, Logger: log.logger()})
		save(t, s, key, record("x"))
		if err := os.WriteFile(pathOf(directory, key), c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Load(t.Context(), key)
		var told *store.BrokenError
		if !errors.As(err, &told) || told.Reason != c.reason || !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want a BrokenError that is an ErrNotFound", c.reason, err)
		}
		wantMissing(t, s, key)
		aside := names(t, filepath.Join(directory, "quarantine"))
		if len(aside) != 1 {
			t.Fatalf("%s: quarantine holds %d files, want 1", c.reason, len(aside))
		}
		if b, err := os.ReadFile(filepath.Join(directory, "quarantine", aside[0])); err != nil || !bytes.Equal(b, c.content) {
			t.Errorf("%s: quarantine holds other bytes than were broken, %v", c.reason, err)
		}
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "WARN") || !strings.Contains(got, c.reason) {
			t.Errorf("%s: the log says %q", c.reason, got)
		}
		wantQuiet(t, log.String(), key)
		save(t, s, key, record("anew"))
		wantValues(t, s, key, "anew")
	}
}

func TestBrokenFilesOfOneSessionAreAllKept(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	key, path := saved(t, s, directory, "x")
	for range 3 {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		save(t, s, key, record("x"))
	}
	if got := names(t, filepath.Join(directory, "quarantine")); len(got) != 3 {
		t.Errorf("quarantine holds %d files, want 3", len(got))
	}
}

// FuzzDecode shows that arbitrary bytes are an entry or an error, also where their checksums are right, and that an entry is
// written as it stood in one of the halves.
func FuzzDecode(f *testing.F) {
	var key store.Key
	var copies [2][]byte
	for i, b := range sampleFiles(f, key) {
		copies[i], _ = filestore.Decode(key, b)
		f.Add(copies[i], []byte{})
	}
	f.Add(copies[0], copies[1])
	f.Add(copies[1], filestore.Copy(key, "ada", 1))
	f.Add([]byte("PROAPI\x02T\x00\x00\x00\x00"), []byte("PROAPI"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		for range 2 {
			for _, b := range [][]byte{first, twoHalves(first, second)} {
				again, err := filestore.Decode(key, b)
				if err == nil && !bytes.HasPrefix(b, again) && !bytes.HasPrefix(b[len(b)/2:], again) {
					t.Errorf("%x was read, and is written as %x", b, again)
				}
			}
			first, second = filestore.Sum(key, first), filestore.Sum(key, second)
		}
	})
}

// twoHalves returns a file with a copy in each half.
func twoHalves(first, second []byte) []byte {
	b := make([]byte, 2*half)
	copy(b[:half], first)
	copy(b[half:], second)
	return b
}
