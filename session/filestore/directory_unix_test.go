//go:build unix

package filestore_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
)

func TestModesWhateverTheUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o777} {
		parent := t.TempDir()
		func() {
			defer syscall.Umask(syscall.Umask(umask))
			directory := filepath.Join(parent, "sessions")
			s := open(t, filestore.Options{Directory: directory})
			_, broken := saved(t, s, directory, "x")
			key, _ := saved(t, s, directory, "x")
			if err := s.Delete(t.Context(), key, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(broken, 5); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}()
		files := 0
		err := filepath.WalkDir(filepath.Join(parent, "sessions"), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if d.IsDir() {
				want = 0o700
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("umask %#o: %s has mode %#o, want %#o", umask, path, got, want)
			}
			files++
			return nil
		})
		if err != nil || files < 7 {
			t.Errorf("umask %#o: %d files were found, %v", umask, files, err)
		}
	}
}

func TestUnsafeDirectoryIsRefusedWithItsRemedy(t *testing.T) {
	parent := t.TempDir()
	at := func(name string) string { return filepath.Join(parent, name) }
	for _, err := range []error{
		os.Mkdir(at("everybodys"), 0o700), os.Chmod(at("everybodys"), 0o777),
		os.Mkdir(at("groups"), 0o700), os.Chmod(at("groups"), 0o770),
		os.WriteFile(at("file"), nil, 0o600),
		os.Mkdir(at("target"), 0o700), os.Symlink("target", at("link")),
		os.Symlink("nothing", at("dangling")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string][]string{
		"everybodys": {"0777", "chmod 700 " + at("everybodys")},
		"groups":     {"0770", "chmod 700 " + at("groups")},
		"file":       {"is not a directory"},
		"file/below": {"not a directory"},
		"link":       {"symbolic link"},
		"link/":      {"symbolic link"},
		"dangling":   {"symbolic link"},
	}
	if os.Geteuid() == 0 {
		if err := os.Mkdir(at("others"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(at("others"), 12345, -1); err != nil {
			t.Fatal(err)
		}
		cases["others"] = []string{"another user", "chown 0 " + at("others")}
	}
	for name, want := range cases {
		_, err := filestore.New(filestore.Options{Directory: at("") + "/" + name})
		if err == nil {
			t.Errorf("%s: New accepted it", name)
			continue
		}
		for _, part := range append(want, "filestore: ") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: New returned %q, which does not say %q", name, err, part)
			}
		}
	}
	if got := names(t, at("target")); len(got) > 0 {
		t.Errorf("something was written behind the link: %v", got)
	}
}

// elsewhere is a file that a planted link leads to.
func elsewhere(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlantedSessionFileLeadsNowhere(t *testing.T) {
	directory := t.TempDir()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	_, other := saved(t, s, directory, "another's")
	outside := elsewhere(t, "untouched")
	plants := map[string]func(path string) error{
		"a link out of the directory":  func(path string) error { return os.Symlink(outside, path) },
		"a link to another session":    func(path string) error { return os.Symlink(other, path) },
		"a relative link to another":   func(path string) error { return os.Symlink("../"+other[len(directory)+1:], path) },
		"a link to nothing":            func(path string) error { return os.Symlink("nothing", path) },
		"a copy of another session":    func(path string) error { return os.Link(other, path) },
		"a directory":                  func(path string) error { return os.Mkdir(path, 0o700) },
		"a pipe that nobody writes to": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a file of a terabyte": func(path string) error {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 1<<40)
		},
	}
	calls := map[string]func(path string) error{
		"load": func(path string) error {
			wantMissing(t, s, keyOf(filepath.Base(path)))
			return nil
		},
		"save":   func(path string) error { return s.Save(t.Context(), keyOf(filepath.Base(path)), record("mine")) },
		"delete": func(path string) error { return s.Delete(t.Context(), keyOf(filepath.Base(path)), time.Now()) },
		"sweep":  func(string) error { _, err := s.Sweep(t.Context()); return err },
	}
	set := 0
	for what, plant := range plants {
		for call, do := range calls {
			_, path := saved(t, s, directory, "x")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := plant(path); err != nil {
				if what == "a file of a terabyte" {
					continue // not every file system takes one
				}
				t.Fatal(err)
			}
			if err := do(path); err != nil {
				t.Errorf("%s: %s returned %v", what, call, err)
			}
			set++
			if got := len(names(t, filepath.Join(directory, "quarantine"))); got != set {
				t.Errorf("%s: after a %s %d files are in quarantine, want %d", what, call, got, set)
			}
		}
	}
	wantValues(t, s, keyOf(filepath.Base(other)), "another's")
	if b, err := os.ReadFile(outside); err != nil || string(b) != "untouched" {
		t.Errorf("the file that a link leads to holds %q, %v", b, err)
	}
}

func TestPlantedDirectoriesAndLocksLeadNowhere(t *testing.T) {
	for _, name := range []string{"shard", "shard inside", "lock", "lock to nothing", "quarantine"} {
		t.Run(name, func(t *testing.T) {
			directory, outside := t.TempDir(), t.TempDir()
			if err := os.Chmod(outside, 0o700); err != nil {
				t.Fatal(err)
			}
			key := newKey()
			path := pathOf(directory, key)
			shard := filepath.Dir(path)
			log := &journal{}
			s := open(t, filestore.Options{Directory: directory, Logger: log.logger()})
			var err error
			switch name {
			case "shard":
				err = os.Symlink(outside, shard)
			case "shard inside":
				err = os.Mkdir(shard+"x", 0o700)
				if err == nil {
					err = os.Symlink(filepath.Base(shard)+"x", shard)
				}
				outside = shard + "x"
			case "lock", "lock to nothing":
				err = os.Mkdir(shard, 0o700)
				if err == nil && name == "lock" {
					err = os.WriteFile(shard+"/target", nil, 0o600)
				}
				if err == nil {
					err = os.Symlink("target", shard+"/lock")
				}
			case "quarantine":
				save(t, s, key, record("x"))
				if err = os.Truncate(path, 3); err == nil {
					err = os.Symlink(outside, filepath.Join(directory, "quarantine"))
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if name == "quarantine" {
				wantMissing(t, s, key)
				if !strings.Contains(log.String(), "symbolic link") {
					t.Errorf("the log does not say why the file stays: %s", log)
				}
				if _, err := os.Lstat(path); err != nil {
					t.Errorf("the broken file is gone: %v", err)
				}
			} else if err := s.Save(t.Context(), key, record("x")); err == nil {
				t.Error("Save followed the link")
			}
			if got := names(t, outside); len(got) > 0 {
				t.Errorf("something was written behind the link: %v", got)
			}
			if _, err := os.Lstat(shard + "/target"); name == "lock to nothing" && err == nil {
				t.Error("the lock was made behind the link")
			}
			wantQuiet(t, log.String(), key)
		})
	}
}
