package torture_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2" //nolint:depguard // no secret: a run is to be repeated
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
)

// count returns how many files of a directory, at any depth, the function wants.
func count(tb testing.TB, directory string, wanted func(path string, d fs.DirEntry) bool) (n int) {
	tb.Helper()
	err := filepath.WalkDir(directory, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a writer was quicker
		}
		if err == nil && !d.IsDir() && wanted(path, d) {
			n++
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func isTemporary(_ string, d fs.DirEntry) bool { return strings.HasPrefix(d.Name(), "tmp-") }

func isQuarantined(path string, _ fs.DirEntry) bool {
	return strings.Contains(path, string(filepath.Separator)+"quarantine"+string(filepath.Separator))
}

// TestKilledProcessesLoseNothing kills writers that share a directory, at random moments, again and again.
func TestKilledProcessesLoseNothing(t *testing.T) {
	seed := seedOf(t)
	random := choices(seed, "kills")
	const writers = 3
	deadline := time.Now().Add(during(t, 3*time.Second))
	kills, changes, violations, quarantined, leftovers := 0, 0, 0, 0, 0
	for round := 0; round == 0 || time.Now().Before(deadline); round++ {
		directory := t.TempDir() + "/sessions"
		n, said := killWriters(t, directory, random, writers, forms(t, 12, 100))
		kills += n
		changes += said.changes
		quarantined += count(t, directory, isQuarantined)
		leftovers += afterKills(t, directory, said, n)
		violations += said.violations
	}
	t.Logf("%d changes acknowledged to %d processes at a time, %d kills: %d violations; %d files in quarantine, %d temporary files left and swept",
		changes, writers, kills, violations, quarantined, leftovers)
	if quarantined > 0 {
		t.Error("a killed process left a broken file")
	}
}

// killWriters lets writers write into a directory and kills them, one after the other, so many times in all.
func killWriters(t *testing.T, directory string, random *rand.Rand, writers, kills int) (n int, said *acknowledged) {
	t.Helper()
	said = &acknowledged{}
	reader, err := filestore.New(filestore.Options{Directory: directory, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	running := make([]*writer, writers)
	start := func(i int) { running[i] = startWriter(t, directory, random.Uint64(), said, random.IntN(40)) }
	for i := range running {
		start(i)
	}
	for ; n < kills; n++ {
		i := random.IntN(writers)
		<-running[i].enough
		wait(nil, time.Duration(random.IntN(2000))*time.Microsecond)
		running[i].kill()
		for _, fault := range said.missing(t.Context(), reader) {
			t.Errorf("after kill %d: %s", n+1, fault)
		}
		start(i)
	}
	for _, w := range running {
		w.kill()
	}
	return n + writers, said
}

// A writer is a process that writes.
type writer struct {
	process *process
	enough  chan struct{} // closed when it has said that it made enough changes, or has ended
	ended   chan struct{} // closed when it has ended, and all that it said is noted
}

func startWriter(t *testing.T, directory string, seed uint64, said *acknowledged, enough int) *writer {
	t.Helper()
	p, out := spawn(t, writerVariable, fmt.Sprint(directory, " ", seed, " none 1000000000"))
	w := &writer{p, make(chan struct{}), make(chan struct{})}
	reached := sync.OnceFunc(func() { close(w.enough) })
	go func() {
		defer close(w.ended)
		defer reached()
		changes := 0
		said.listen(out, func() {
			if changes++; changes >= enough {
				reached()
			}
		})
	}()
	return w
}

// kill kills the writer, and returns when all that it has said is noted: its pipe is to be read to the end before it is
// closed.
func (w *writer) kill() {
	_ = w.process.cmd.Process.Kill()
	<-w.ended
	w.process.kill()
}

// afterKills looks at a directory when all is over, with a new store, and returns how many temporary files were left. Each
// kill can leave a few, and the sweep removes them when they are old.
func afterKills(t *testing.T, directory string, said *acknowledged, kills int) int {
	t.Helper()
	leftovers := count(t, directory, isTemporary)
	if leftovers > kills*(writersEach+1) { // one for each goroutine, and one of the start
		t.Errorf("%d temporary files are left by %d kills", leftovers, kills)
	}
	old := time.Now().Add(-time.Hour)
	count(t, directory, func(path string, d fs.DirEntry) bool {
		if isTemporary(path, d) {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Error(err)
			}
		}
		return false
	})
	s, err := filestore.New(filestore.Options{Directory: directory, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	count(t, directory, func(path string, d fs.DirEntry) bool {
		if isTemporary(path, d) {
			t.Errorf("a temporary file outlives the sweep: %s", path)
		}
		return false
	})
	for _, fault := range said.missing(t.Context(), s) {
		t.Errorf("at the end: %s", fault)
	}
	return leftovers
}
