package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

const (
	// soon is after how long a record or a tombstone ends whose end a rule waits for.
	soon = 100 * time.Millisecond

	// skew is how far a store's clock may be from ours.
	skew = 25 * time.Millisecond

	// patience is how long a rule waits for what should come at once, on a slow machine.
	patience = 10 * time.Second
)

// A probe makes the calls of one rule and remembers the first answer that the contract does not allow. After that its
// methods do nothing, so that a rule reads as the list of what must hold. Safe for concurrent use.
type probe struct {
	store store.Store

	mu    sync.Mutex
	scene string
	err   error
}

// when says what the following calls show, for the text of an error.
func (p *probe) when(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scene = fmt.Sprintf(format, args...)
}

// ok reports whether nothing has failed so far.
func (p *probe) ok() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err == nil
}

func (p *probe) failf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	p.err = fmt.Errorf(format, args...)
	if p.scene != "" {
		p.err = fmt.Errorf("%s: %w", p.scene, p.err)
	}
}

// saves saves rec, which must be accepted.
func (p *probe) saves(ctx context.Context, key store.Key, rec store.Record) {
	if !p.ok() {
		return
	}
	if err := p.store.Save(ctx, key, rec); err != nil {
		p.failf("Save of version %d returned %w, want nil", rec.Version, err)
	}
}

// savesBefore saves rec based on a record that ends at end. It must be accepted where that has not come; where it has, the
// store is too slow for the rule, and it reports false.
func (p *probe) savesBefore(ctx context.Context, end time.Time, key store.Key, rec store.Record) bool {
	if !p.ok() {
		return false
	}
	err := p.store.Save(ctx, key, rec)
	if errors.Is(err, store.ErrConflict) && !surelyBefore(end) {
		return false
	}
	if err != nil {
		p.failf("Save of version %d returned %w, want nil", rec.Version, err)
	}
	return err == nil
}

// comingEnd returns a time that comes soon, but not before this store, on this machine, has done some ten things.
func (p *probe) comingEnd(ctx context.Context) time.Time {
	began := time.Now()
	p.deletes(ctx, newKey(), began.Add(time.Hour))
	now := time.Now()
	return now.UTC().Truncate(time.Microsecond).Add(max(soon, 20*now.Sub(began)))
}

// conflicts saves rec, which must be refused.
func (p *probe) conflicts(ctx context.Context, key store.Key, rec store.Record) {
	if !p.ok() {
		return
	}
	if err := p.store.Save(ctx, key, rec); !errors.Is(err, store.ErrConflict) {
		p.failf("Save of version %d returned %w, want ErrConflict", rec.Version, orNil(err))
	}
}

// loads loads the record under key, which must be want.
func (p *probe) loads(ctx context.Context, key store.Key, want store.Record) {
	if !p.ok() {
		return
	}
	got, err := p.store.Load(ctx, key)
	if err != nil {
		p.failf("Load returned %w, want the record", err)
		return
	}
	if err := differ(got, want); err != nil {
		p.failf("Load returned another record: %w", err)
	}
}

// misses loads the record under key, which must not be there.
func (p *probe) misses(ctx context.Context, key store.Key) {
	if !p.ok() {
		return
	}
	if _, err := p.store.Load(ctx, key); !errors.Is(err, store.ErrNotFound) {
		p.failf("Load returned %w, want ErrNotFound", orNil(err))
	}
}

// deletes deletes the record under key, which must succeed.
func (p *probe) deletes(ctx context.Context, key store.Key, until time.Time) {
	if !p.ok() {
		return
	}
	if err := p.store.Delete(ctx, key, until); err != nil {
		p.failf("Delete returned %w, want nil", err)
	}
}

// stored saves a record under a new key until it has the given version, and returns the key and what Load must give.
func (p *probe) stored(ctx context.Context, version uint64) (store.Key, store.Record) {
	key, rec := newKey(), sample()
	for rec.Version < version {
		p.saves(ctx, key, rec)
		rec.Version++
	}
	return key, rec
}

// waitPast returns when t has passed on the store's clock as well.
func (p *probe) waitPast(ctx context.Context, t time.Time) {
	if !p.ok() {
		return
	}
	timer := time.NewTimer(time.Until(t.Add(skew)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		p.failf("waiting for a time to pass: %w", ctx.Err())
	}
}

// surelyBefore reports whether t is still to come on the store's clock as well. Asked after a call, it says that t had
// not passed while the store answered.
func surelyBefore(t time.Time) bool { return time.Now().Before(t.Add(-skew)) }

// together calls f(0) to f(n-1), each in a goroutine, all let go at once, and returns when all have.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// newKey returns a key that was never used, on a database that others use as well.
func newKey() store.Key {
	var key store.Key
	_, _ = rand.Read(key[:]) // never fails
	return key
}

// sample returns a record never saved that expires in an hour.
func sample() store.Record {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Record{
		Created: now.Add(-time.Hour),
		Seen:    now.Add(-time.Minute),
		Expires: now.Add(time.Hour),
		User:    "ada",
		Values:  []byte("a sample's values"),
	}
}

// at returns rec with the given version.
func at(version uint64, rec store.Record) store.Record {
	rec.Version = version
	return rec
}

// changed returns rec with each field but the version changed, to show what a refused save has left behind.
func changed(rec store.Record) store.Record {
	return store.Record{
		Version: rec.Version,
		Created: rec.Created.Add(time.Minute),
		Seen:    rec.Seen.Add(time.Minute),
		Expires: rec.Expires.Add(time.Minute),
		User:    rec.User + "'s twin",
		Values:  append(bytes.Clone(rec.Values), " changed"...),
	}
}

// expired returns rec as it is an hour after its end.
func expired(rec store.Record) store.Record {
	rec.Expires = time.Now().UTC().Truncate(time.Microsecond).Add(-time.Hour)
	return rec
}

// differ says in which field got is not want.
func differ(got, want store.Record) error {
	switch {
	case got.Version != want.Version:
		return fmt.Errorf("version %d, want %d", got.Version, want.Version)
	case !got.Created.Equal(want.Created):
		return fmt.Errorf("created %v, want %v", got.Created, want.Created)
	case !got.Seen.Equal(want.Seen):
		return fmt.Errorf("seen %v, want %v", got.Seen, want.Seen)
	case !got.Expires.Equal(want.Expires):
		return fmt.Errorf("expires %v, want %v", got.Expires, want.Expires)
	case got.User != want.User:
		return fmt.Errorf("user %q, want %q", got.User, want.User)
	case !bytes.Equal(got.Values, want.Values):
		return fmt.Errorf("values of %d bytes, want %d other ones", len(got.Values), len(want.Values))
	}
	return nil
}

// answer stands for an error that was not returned, since %w prints nil as a mistake.
type answer string

func (a answer) Error() string { return string(a) }

func orNil(err error) error {
	if err == nil {
		return answer("<nil>")
	}
	return err
}
