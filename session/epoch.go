package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// An epoch is the time up to which everybody's sessions are revoked. It is a stamp in the store, so that raising it costs
// one save however many sessions there are; every Manager looks once a second, while it has requests.
//
// It lies epochMargin ahead of the clock of who raised it, so that it covers what a machine stored whose clock is ahead; and
// who knows of it lets sessions begin after it, so that a machine whose clock is behind can log somebody in.
type epoch struct {
	mu      sync.Mutex
	cut     atomic.Int64 // moment
	known   atomic.Int64 // moment, by this machine's clock, when it was raised here
	checked atomic.Int64 // moment; 0 is never
}

const (
	epochInterval = time.Second               // how old what is known of the epoch may be
	epochMargin   = 10 * time.Second          // how far apart the clocks of machines may be
	epochLife     = longestAge + 24*time.Hour // how long its stamp is kept: no session lives longer
	userEpochLife = time.Hour                 // and that of one user: no request takes longer
)

var epochKey = stampKey("everybody")

// get returns the epoch as it was known at now or up to epochInterval before. While one request looks, others go by what
// was known.
func (e *epoch) get(ctx context.Context, s Store, now moment) (moment, error) {
	if isFresh(now, moment(e.checked.Load())) {
		return moment(e.cut.Load()), nil
	}
	return e.look(ctx, s, now)
}

// look is get where what is known is old.
func (e *epoch) look(ctx context.Context, s Store, now moment) (moment, error) {
	if e.checked.Load() == 0 {
		e.mu.Lock()
	} else if !e.mu.TryLock() {
		return moment(e.cut.Load()), nil
	}
	defer e.mu.Unlock()
	if !isFresh(now, moment(e.checked.Load())) {
		st, err := readStamp(ctx, s, epochKey)
		if err != nil {
			return 0, err
		}
		e.raise(st.at, now)
		e.checked.Store(int64(now))
	}
	return moment(e.cut.Load()), nil
}

// isFresh reports whether what was known at checked is good enough at now. A clock may have been set back since.
func isFresh(now, checked moment) bool {
	age := now.since(checked)
	return age < epochInterval && age > -clockSkew
}

// raise makes the epoch known here, at now. It never goes back.
func (e *epoch) raise(cut, now moment) {
	for {
		old := e.cut.Load()
		if int64(cut) <= old {
			return
		}
		e.known.Store(int64(now)) // first: who sees the new cut sees since when
		if e.cut.CompareAndSwap(old, int64(cut)) {
			return
		}
	}
}

// beginning returns when a session begins that a request stores first which came at began: that, or after the epoch, where
// it was known here by then. Who came before was under way when everybody's sessions were revoked, and is one of them.
func (e *epoch) beginning(began moment) moment {
	cut := moment(e.cut.Load())
	if began >= moment(e.known.Load()) { // also the request that came to know
		return max(began, cut+1)
	}
	return began
}
