package torture_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"math/rand/v2" //nolint:depguard // no secret: a run is to be repeated
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
)

// writerVariable tells a process of this program to write sessions into a directory: its path, a seed, the way to sync and
// how many changes to make at most, with spaces between.
const writerVariable = "TORTURE_WRITER"

// writersEach is how many goroutines of a process write.
const writersEach = 3

// writerSessions is how many sessions the writers of a directory share.
const writerSessions = 12

// keyOf returns the key of the n-th session.
func keyOf(n int) store.Key { return sha256.Sum256([]byte(strconv.Itoa(n))) }

// page returns values that say which version they are of, and whether they are whole. Their sizes differ.
func page(session int, version uint64) []byte {
	b := make([]byte, 16+(version*997+uint64(session)*131)%9000)
	binary.BigEndian.PutUint64(b, version)
	binary.BigEndian.PutUint64(b[8:], uint64(session))
	for i := 16; i < len(b); i++ {
		b[i] = byte(uint64(i) * (version + 7))
	}
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// isPage reports whether rec holds what page has made for it.
func isPage(session int, rec store.Record) bool {
	return string(page(session, rec.Version)) == string(rec.Values)
}

// write changes sessions until it has made so many changes, and says on standard output which were acknowledged:
// "save SESSION VERSION" or "delete SESSION".
func write(text string) error {
	var directory, durable string
	var seed uint64
	var most int
	if _, err := fmt.Sscan(text, &directory, &seed, &durable, &most); err != nil {
		return err
	}
	opened, err := filestore.Open(store.BackendOptions{"directory": directory, "sync": durable, "sync_interval": "100ms"}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	s := opened.(*filestore.Store)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // the test is over
	}()
	var all sync.WaitGroup
	errs := make([]error, writersEach)
	for i := range errs {
		random := choices(seed, fmt.Sprint("writer ", i))
		all.Go(func() {
			for n := 0; n < most/writersEach && errs[i] == nil; n++ {
				errs[i] = writeOnce(s, random, random.IntN(writerSessions))
			}
		})
	}
	all.Wait()
	return errors.Join(append(errs, s.Close())...)
}

func writeOnce(s *filestore.Store, random *rand.Rand, session int) error {
	ctx, key := context.Background(), keyOf(session)
	rec, err := s.Load(ctx, key)
	switch deleted := (*store.DeletedError)(nil); {
	case errors.As(err, &deleted):
		return nil
	case errors.Is(err, store.ErrNotFound):
		rec = store.Record{}
	case err != nil:
		return err
	}
	if session < writerSessions/2 && random.IntN(300) == 0 { // the others go on for ever
		if err := s.Delete(ctx, key, time.Now().Add(time.Hour)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(os.Stdout, "delete %d\n", session)
		return err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	rec.Created, rec.Seen, rec.Expires = now, now, now.Add(time.Hour)
	rec.User = "user " + strconv.Itoa(int(rec.Version%3))
	rec.Values = page(session, rec.Version+1)
	err = s.Save(ctx, key, rec)
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	if err == nil {
		_, err = fmt.Fprintf(os.Stdout, "save %d %d\n", session, rec.Version+1)
	}
	return err
}

// An acknowledged is what writers have said that they stored.
type acknowledged struct {
	mu       sync.Mutex
	changes  int
	versions [writerSessions]map[uint64]bool
	newest   [writerSessions]uint64
	deleted  [writerSessions]bool
	twice    int // versions that two writers were told were theirs

	violations int // that missing has found
}

func (a *acknowledged) note(line string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var session int
	var version uint64
	if n, _ := fmt.Sscanf(line, "save %d %d\n", &session, &version); n == 2 {
		if a.versions[session] == nil {
			a.versions[session] = map[uint64]bool{}
		}
		if a.versions[session][version] {
			a.twice++
		}
		a.versions[session][version] = true
		a.newest[session] = max(a.newest[session], version)
		a.changes++
	} else if n, _ := fmt.Sscanf(line, "delete %d\n", &session); n == 1 {
		a.deleted[session] = true
		a.changes++
	}
}

// listen notes all that a writer says, until it ends, and calls heard after each line.
func (a *acknowledged) listen(out *bufio.Reader, heard func()) {
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			return // a line that was cut is no acknowledgement
		}
		a.note(line)
		heard()
	}
}

// missing returns what of the acknowledged a store lacks, in words.
func (a *acknowledged) missing(ctx context.Context, s store.Store) (faults []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n := range writerSessions {
		rec, err := s.Load(ctx, keyOf(n))
		deleted := (*store.DeletedError)(nil)
		switch {
		case a.deleted[n] && !errors.As(err, &deleted):
			faults = append(faults, fmt.Sprintf("session %d was deleted, and loads with %v", n, err))
		case err == nil && rec.Version < a.newest[n]:
			faults = append(faults, fmt.Sprintf("session %d is back at version %d, and %d was acknowledged", n, rec.Version, a.newest[n]))
		case err == nil && !isPage(n, rec):
			faults = append(faults, fmt.Sprintf("session %d is not whole at version %d", n, rec.Version))
		case errors.As(err, &deleted): // perhaps nobody was told
		case err != nil && (a.newest[n] > 0 || !errors.Is(err, store.ErrNotFound)):
			faults = append(faults, fmt.Sprintf("session %d loads with %v, and version %d was acknowledged", n, err, a.newest[n]))
		}
	}
	if a.twice > 0 {
		faults = append(faults, fmt.Sprintf("%d versions were acknowledged to two writers", a.twice))
	}
	a.violations += len(faults)
	return faults
}
