package session

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/proapi-go/proapi/session/internal/direct"
)

// saveAgain is save after another request came first.
func (s *Session) saveAgain(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		if err := s.reload(ctx); err != nil {
			return err
		}
		err := s.trySave(ctx)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		s.m.observe.conflict()
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// reload replays the changes on the newest record.
func (s *Session) reload(ctx context.Context) error {
	s.work.commit.began = s.m.clock.now()
	var rec direct.Record
	err := s.m.loadRecord(ctx, &s.key, s.work.commit.began, &rec)
	switch {
	case errors.Is(err, ErrNotFound):
		if err := s.ended(ctx, err); err != nil {
			return err
		}
	case errors.Is(err, errBroken):
		return ErrEnded
	case err != nil:
		return err
	default:
		s.m.observe.replay()
		s.hold(&rec)
	}
	return s.replay()
}

// replay applies the request's changes to the content as it is now.
func (s *Session) replay() error {
	changes := s.changes()
	for i := range changes {
		if err := s.apply(&changes[i]); err != nil {
			return err
		}
	}
	return nil
}

// ended decides what becomes of a request whose session is gone. A login's changes begin a session of their own, and so do
// those of a visitor for whom nothing was ever stored and whose ID the store refuses; other changes are lost, and the
// client is told. Where there are none, the request was a late one, which must not overwrite a newer cookie.
func (s *Session) ended(ctx context.Context, cause error) error {
	var deleted *DeletedError
	never := s.was.version == 0 && !errors.As(cause, &deleted)
	begins := never || s.authenticates()
	if !begins && len(s.changes()) > 0 {
		return ErrEnded
	}
	s.takeBack(ctx)
	s.startOver()
	s.stale, s.work.renewed = !begins, s.work.renewed && begins
	return nil
}

// pause waits a random while, longer at each attempt, so that processes that change one session get past each other.
func pause(ctx context.Context, attempt int) error {
	var b [1]byte
	_, _ = rand.Read(b[:])
	most := min(time.Duration(attempt)*100*time.Microsecond, 5*time.Millisecond)
	timer := time.NewTimer(most * time.Duration(b[0]) / 256)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
