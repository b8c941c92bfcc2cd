package filestore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// tmpfs mounts a small file system for the test, or skips it where that is not allowed.
func tmpfs(t *testing.T, options string) string {
	t.Helper()
	directory := t.TempDir()
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "mode=0700,"+options); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(directory, 0); err != nil { // fails where a file was left open
			t.Error(err)
		}
	})
	return directory
}

func update(t *testing.T, s *filestore.Store, key store.Key, values string) error {
	t.Helper()
	rec, err := s.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	rec.Values = []byte(values)
	return s.Save(t.Context(), key, rec)
}

func TestFullDiskIsAnErrorAndTheOldSessionStays(t *testing.T) {
	directory := tmpfs(t, "size=256k")
	s := open(t, filestore.Options{Directory: directory})
	key, _ := saved(t, s, directory, "old")
	before := descriptors(t)
	for range 20 {
		err := update(t, s, key, strings.Repeat("x", 300<<10))
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("Save on a full disk returned %v, want ENOSPC", err)
		}
		wantQuiet(t, err.Error(), key)
	}
	wantValues(t, s, key, "old")
	wantNoTemporary(t, directory)
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
	if err := update(t, s, key, "new"); err != nil { // there is room again
		t.Error(err)
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	directory := tmpfs(t, "size=1m")
	log := &journal{}
	s := open(t, filestore.Options{Directory: directory, Logger: log.logger()})
	key, _ := saved(t, s, directory, "old")
	broken, path := saved(t, s, directory, "x")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", directory, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("remount: %v", err) // a file that is open for writing forbids it
	}
	wantValues(t, s, key, "old")
	wantMissing(t, s, broken)
	for _, err := range []error{update(t, s, key, "new"), s.Delete(t.Context(), key, time.Now())} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("a change in a read-only directory returned %v, want EROFS", err)
		}
	}
	wantValues(t, s, key, "old")
	if _, err := filestore.New(filestore.Options{Directory: directory}); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), directory) {
		t.Errorf("New on a read-only directory returned %v, want EROFS and its name", err)
	}
}

func TestFileThatMayNotBeReadIsAnErrorAndStays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs a second user")
	}
	const nobody = 65534
	directory, err := os.MkdirTemp("", "filestore") //nolint:usetesting // another user cannot pass through what t.TempDir makes
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(directory) }()
	s := open(t, filestore.Options{Directory: directory})
	key, path := saved(t, s, directory, "x")
	for _, path := range []string{directory, filepath.Dir(path), filepath.Join(filepath.Dir(path), "lock")} {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	cmd := process(t, "load", directory, key)
	program := filepath.Join(directory, "program")
	if err := errors.Join(os.Link(os.Args[0], program)); err != nil {
		b, err := os.ReadFile(os.Args[0])
		if err := errors.Join(err, os.WriteFile(program, b, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	var said strings.Builder
	cmd.Path, cmd.Stderr = program, &said
	cmd.Env = append(cmd.Env, "GOCOVERDIR="+directory)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := cmd.Run(); err == nil || !strings.Contains(said.String(), "filestore: load: permission denied") {
		t.Errorf("Load of another user's file: %v, %q, want permission denied", err, said.String())
	}
	wantQuiet(t, said.String(), key)
	wantValues(t, s, key, "x") // it is where it was
}

// descriptors returns how many files this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	return len(names(t, "/proc/self/fd"))
}

func TestDescriptorsStayFew(t *testing.T) {
	before := descriptors(t)
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	for round := range 3 {
		for i := range 512 {
			key := newKey()
			key[0] = byte(i)
			save(t, s, key, record("x"))
			wantValues(t, s, key, "x")
			wantMissing(t, s, newKey())
			if err := s.Delete(t.Context(), key, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := descriptors(t) - before; got > 2*256+2 {
			t.Fatalf("round %d: %d descriptors are open, want two for each of 256 shards", round, got)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if after := descriptors(t); after > before+1 { // the poller's
		t.Errorf("%d descriptors are open after Close, %d were before New", after, before)
	}
}
