package torture_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/internal/torture/history"
	"github.com/proapi-go/proapi/session"
)

// smallDisk mounts a file system of two megabytes, or skips the test where that is not allowed.
func smallDisk(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "mode=0700,size=2m"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(directory, 0); err != nil { // fails where a file was left open
			t.Error(err)
		}
	})
	return directory
}

// onDisk serves the application with sessions on a disk.
func onDisk(t *testing.T, directory string) (l *load, tab *tabOf, end func()) {
	t.Helper()
	m, err := session.New(optionsFor(session.Options{
		Backend: "file", BackendOptions: session.BackendOptions{"directory": directory + "/sessions"}, Logger: slog.New(slog.DiscardHandler),
	}))
	if err != nil {
		t.Fatal(err)
	}
	l = &load{fleet: inProcess(t, m)}
	tab = &tabOf{client: &http.Client{Transport: &http.Transport{}}, random: choices(0, "disk")}
	return l, tab, func() {
		tab.client.CloseIdleConnections()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// answers sends a request of a kind in the session, and returns the status as a verdict: success, or a 503.
func answers(t *testing.T, l *load, tab *tabOf, n *lineage, kind history.Kind) (history.Verdict, history.Content) {
	t.Helper()
	r := history.Request{Kind: kind}
	l.ask(tab, &r, n.tokens[len(n.tokens)-1], nil, 0)
	return r.Verdict, r.Saw
}

// begun returns a session that answers, before anything fails.
func begun(t *testing.T, l *load, tab *tabOf) *lineage {
	t.Helper()
	n := l.begin(tab, tab.random, l.lineage())
	if got, saw := answers(t, l, tab, n, history.Look); got != history.Done || saw.Count != 0 {
		t.Errorf("before: %v is %v and finds %d, want %v and 0", history.Look, got, saw.Count, history.Done)
	}
	return n
}

// suffers shows what requests do while a fault lasts, and after it. saves says whether a session that is there can be
// saved meanwhile.
func suffers(t *testing.T, l *load, tab *tabOf, n *lineage, directory string, saves bool, fault, heal func() error) {
	t.Helper()
	requests := 0
	want := func(when string, kind history.Kind, verdict history.Verdict, count int) {
		t.Helper()
		requests++
		if got, saw := answers(t, l, tab, n, kind); got != verdict || verdict == history.Done && saw.Count != count {
			t.Errorf("%s: %v is %v and finds %d, want %v and %d", when, kind, got, saw.Count, verdict, count)
		}
	}
	if err := fault(); err != nil {
		t.Fatal(err)
	}
	saved, open := 0, 0
	for turn := range 20 {
		if saves {
			want("meanwhile", history.Count, history.Done, saved)
			saved++
		} else {
			want("meanwhile", history.Count, history.Unknown, 0)
		}
		want("meanwhile", history.Look, history.Done, saved)
		if turn == 0 { // with a connection
			open = descriptorsOf(t)
		}
	}
	if now := descriptorsOf(t); now > open+2 {
		t.Errorf("%d descriptors are open, and %d were", now, open)
	}
	requests++
	if l.begin(tab, tab.random, l.lineage()) != nil {
		t.Error("meanwhile a new session has begun")
	}
	if err := heal(); err != nil {
		t.Fatal(err)
	}
	want("after", history.Count, history.Done, saved)
	want("after", history.Look, history.Done, saved+1)
	if left := count(t, directory, isTemporary); left > 0 {
		t.Errorf("%d temporary files are left", left)
	}
	t.Logf("%d requests; each for which there was no room was answered 503 while the disk failed, each other went on", requests)
}

func TestFullDisk(t *testing.T) {
	directory := smallDisk(t)
	l, tab, end := onDisk(t, directory)
	defer end()
	n := begun(t, l, tab)
	ballast := filepath.Join(directory, "ballast")
	suffers(t, l, tab, n, directory, true, func() error {
		f, err := os.Create(ballast)
		if err != nil {
			return err
		}
		_, _ = io.Copy(f, bytes.NewReader(make([]byte, 4<<20))) // until the disk is full
		return f.Close()
	}, func() error { return os.Remove(ballast) })
}

func TestReadOnlyDisk(t *testing.T) {
	directory := smallDisk(t)
	l, tab, end := onDisk(t, directory)
	n := begun(t, l, tab)
	testredis.Eventually(t, "the new directory is checked, which the store does once", func() bool {
		_, err := os.Stat(directory + "/sessions/index")
		return err == nil
	})
	end() // who holds a file open for writing, as a lock is since it was taken, keeps a disk from becoming read-only
	l, tab, end = onDisk(t, directory)
	defer end()
	remount := func(flags uintptr) error { return syscall.Mount("", directory, "", syscall.MS_REMOUNT|flags, "") }
	suffers(t, l, tab, n, directory, false, func() error { return remount(syscall.MS_RDONLY) }, func() error { return remount(0) })
}
