package filestore_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// What another process of the tests is told.
const (
	roleVariable      = "FILESTORE_TEST_ROLE"
	directoryVariable = "FILESTORE_TEST_DIRECTORY"
	keyVariable       = "FILESTORE_TEST_KEY"
)

const increments = 50

// play does the work of another process, and returns its exit status.
func play(role string) int {
	key := keyOf(os.Getenv(keyVariable))
	s, err := filestore.New(filestore.Options{Directory: os.Getenv(directoryVariable), Sync: filestore.SyncNone, Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		switch role {
		case "count":
			for i := 0; i < increments && err == nil; i++ {
				err = increment(s, key)
			}
		case "load":
			_, err = s.Load(context.Background(), key)
		case "log in":
			for i := 0; i < increments && err == nil; i++ {
				err = logIn(s, i)
			}
		case "log in for ever":
			for i := 0; err == nil; i++ {
				err = logIn(s, i)
				_, _ = fmt.Fprintln(os.Stdout, i)
			}
		case "write for ever":
			for i := 0; err == nil; i++ {
				err = increment(s, key)
				_, _ = fmt.Fprintln(os.Stdout, i) // acknowledged
			}
		}
		err = errors.Join(err, s.Close())
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func keyOf(text string) (key store.Key) {
	_, _ = hex.Decode(key[:], []byte(text))
	return key
}

func process(t *testing.T, role, directory string, key store.Key) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, directoryVariable+"="+directory, keyVariable+"="+hex.EncodeToString(key[:]))
	cmd.Stderr = os.Stderr
	return cmd
}

// increment adds 1 to the number in the session's values, beginning again where somebody else was first.
func increment(s *filestore.Store, key store.Key) error {
	ctx := context.Background()
	for {
		rec, err := s.Load(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			rec, err = record("0"), nil
		}
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(rec.Values))
		if err != nil {
			return err
		}
		rec.Values = []byte(strconv.Itoa(n + 1))
		if err := s.Save(ctx, key, rec); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

func TestNoIncrementOfFourProcessesIsLost(t *testing.T) {
	directory, key := t.TempDir(), newKey()
	s := open(t, filestore.Options{Directory: directory, Sync: filestore.SyncNone})
	var wg sync.WaitGroup
	for range 3 {
		cmd := process(t, "count", directory, key)
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	for range increments {
		if err := increment(s, key); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	wantValues(t, s, key, strconv.Itoa(4*increments))
	wantNoTemporary(t, directory)
}

func TestKilledWritersLeaveWholeFilesAndLoseNothingAcknowledged(t *testing.T) {
	directory := t.TempDir()
	log := &journal{}
	s := open(t, filestore.Options{Directory: directory, Logger: log.logger()})
	for range 8 {
		key := newKey()
		cmd := process(t, "write for ever", directory, key)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		acknowledged := 0
		for lines := bufio.NewScanner(out); lines.Scan(); acknowledged++ {
			if acknowledged == 40 {
				_ = cmd.Process.Kill() // goes on reading what it said before it died
			}
		}
		_ = cmd.Wait() // it was killed
		rec, err := s.Load(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := strconv.Atoi(string(rec.Values)); err != nil || n < acknowledged || n > acknowledged+1 {
			t.Errorf("the session counts %q after %d acknowledged writes", rec.Values, acknowledged)
		}
		if err := increment(s, key); err != nil { // the dead process's lock is free
			t.Error(err)
		}
	}
	if strings.Contains(log.String(), "broken") {
		t.Errorf("a killed writer left a broken file: %s", log)
	}
}

func TestAnotherStoresWriteIsSeenAtOnce(t *testing.T) {
	directory, key := t.TempDir(), newKey()
	o := filestore.Options{Directory: directory, Sync: filestore.SyncNone}
	ours, theirs := open(t, o), open(t, o)
	for i := range 2000 { // many within one tick of the clock, all of one size, in inodes that are used again
		rec, err := ours.Load(t.Context(), key)
		if i == 0 {
			rec, err = record("00000000"), nil
		}
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%08d", i)
		rec.Values = []byte(want)
		save(t, theirs, key, rec)
		wantValues(t, ours, key, want)
		ours, theirs = theirs, ours
	}
}

func TestWaitingForAStoppedProcessEndsWithClose(t *testing.T) {
	directory := t.TempDir()
	o := filestore.Options{Directory: directory}
	ours, theirs := open(t, o), open(t, o)
	key, _ := saved(t, ours, directory, "x")
	holding, release := make(chan struct{}), make(chan struct{})
	filestore.ReplaceDisk(theirs, func(*os.File) error { close(holding); <-release; return nil }, nil)
	theirDone, ourDone := make(chan error, 1), make(chan error, 1)
	go func() { theirDone <- theirs.Delete(context.Background(), key, time.Now().Add(time.Hour)) }()
	<-holding
	go func() { ourDone <- ours.Delete(context.Background(), key, time.Now().Add(time.Hour)) }()
	until(t, func() bool { return filestore.Held(ours, key) })
	if err := ours.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ourDone; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Delete that waited while the store closed returned %v, want os.ErrClosed", err)
	}
	close(release)
	if err := <-theirDone; err != nil {
		t.Error(err)
	}
}
