//go:build unix

package attacktest_test

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The attacker can write into the directory of the sessions, and plants a link in place of a file. What it leads to is
// neither read as a session nor written to.
func TestLinkInPlaceOfASessionIsNotFollowed(t *testing.T) {
	root := t.TempDir()
	directory, outside := root+"/sessions", root+"/outside"
	s := newSite(t, newFiles(t, directory))
	eve, ann := s.client(t, ""), s.client(t, "")
	eve.send("POST", "/signin?user=eve")
	ann.send("POST", "/signin?user=ann")
	admin, err := os.ReadFile(fileOf(t, directory, ann.token))
	if err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(file string) error{
		"link to a file outside":    func(file string) error { return os.Symlink(outside, file) },
		"link to another's session": func(file string) error { return os.Symlink(fileOf(t, directory, ann.token), file) },
		"relative link to another's session": func(file string) error {
			to, err := filepath.Rel(filepath.Dir(file), fileOf(t, directory, ann.token))
			if err != nil {
				return err
			}
			return os.Symlink(to, file)
		},
		"link that leads nowhere": func(file string) error { return os.Symlink(root+"/nowhere", file) },
		"directory":               func(file string) error { return os.Mkdir(file, 0o700) },
		"pipe":                    func(file string) error { return syscall.Mkfifo(file, 0o600) },
	} {
		if err := os.WriteFile(outside, admin, 0o600); err != nil {
			t.Fatal(err)
		}
		thief := s.client(t, "")
		thief.send("POST", "/cart?item=tea")
		file := fileOf(t, directory, thief.token)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := plant(file); err != nil {
			t.Fatal(err)
		}
		s.wantSeen(t, "with a "+name+" the attacker", thief.token, nobody)
		thief.send("POST", "/cart?item=bait")
		thief.send("POST", "/signout")
		if got, err := os.ReadFile(outside); string(got) != string(admin) || err != nil {
			t.Errorf("with a %s the file that it leads to was changed, %v", name, err)
		}
		s.wantSeen(t, "with a "+name+" the victim", ann.token, "ann/")
		if _, err := os.Lstat(root + "/nowhere"); err == nil {
			t.Errorf("with a %s a file was made outside", name)
		}
	}
}

// Nor is a link in place of one of the directories.
func TestLinkInPlaceOfADirectoryIsNotFollowed(t *testing.T) {
	elsewhere := t.TempDir()
	directory := t.TempDir() + "/sessions"
	s := newSite(t, newFiles(t, directory))
	c := s.client(t, "")
	c.send("GET", "/")
	shard := filepath.Dir(fileOf(t, directory, c.token))
	if err := os.Symlink(elsewhere, shard); err != nil {
		t.Fatal(err)
	}
	if a := c.send("POST", "/cart?item=tea"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("with a link in place of a directory the status is %d, want 503", a.StatusCode)
	}
	if left := tree(t, elsewhere); len(left) > 0 {
		t.Errorf("something was written where the link leads: %q", left)
	}
}
