package admin

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
)

// A fake is asked by the sampler: its store takes a time to answer, and does so with an error or not.
type fake struct {
	takes time.Duration
	err   error
	asked int
	stats session.Stats
}

func (f *fake) Stats() session.Stats { return f.stats }

func (f *fake) Usage(ctx context.Context) (session.Usage, error) {
	f.asked++
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
		return session.Usage{}, ctx.Err()
	}
	return session.Usage{Sessions: 7, Bytes: 700, Exact: true}, f.err
}

// sampled lets a sampler work for d, and returns the last sample and their number.
func sampled(t *testing.T, f *fake, d time.Duration) (last sample, n int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := sampler{source: f, history: newHistory(10), interval: time.Second}
		go s.run(ctx)
		time.Sleep(d) //nolint:forbidigo // it is the bubble's time
		cancel()
		synctest.Wait()
		samples, _, _ := s.history.since(time.Hour)
		if len(samples) > 10 {
			t.Errorf("%d samples are kept, want 10 at the most", len(samples))
		}
		last, n = samples[len(samples)-1], int(s.history.next)
	})
	return last, n
}

func TestSamplesAreTakenAndTheOldestForgotten(t *testing.T) {
	f := &fake{stats: session.Stats{Loads: 3, Rejected: map[string]uint64{"a": 1, "b": 2}, LoadTime: session.Histogram{Counts: []uint64{1}}}}
	last, n := sampled(t, f, 20*time.Second+time.Millisecond)
	if n != 21 {
		t.Errorf("%d samples in 20 s, want 21", n)
	}
	if last.loads != 3 || last.rejected != 3 || last.sessions != 7 || last.bytes != 700 || !last.exact || !last.asked || last.failed || last.seq != 20 {
		t.Errorf("the last one is %+v", last)
	}
}

func TestSlowStoreIsAskedSeldom(t *testing.T) {
	f := &fake{takes: 500 * time.Millisecond} // every 20th of the time is 10 s
	if _, n := sampled(t, f, 60*time.Second); f.asked > 7 || f.asked < 5 || n < 55 {
		t.Errorf("it is asked %d times in a minute, in which %d samples are taken", f.asked, n)
	}
}

func TestStoreThatDoesNotAnswerHasFailed(t *testing.T) {
	for name, f := range map[string]*fake{"an error": {err: errors.New("down")}, "never": {takes: time.Hour}} {
		last, _ := sampled(t, f, 10*time.Second)
		if !last.failed || last.sessions != -1 || last.bytes != -1 {
			t.Errorf("%s: the last sample is %+v", name, last)
		}
	}
	if last, _ := sampled(t, &fake{err: session.ErrNotMeasured}, 10*time.Second); last.failed || last.asked || last.sessions != -1 {
		t.Errorf("of a store that cannot tell it is %+v", last)
	}
}
