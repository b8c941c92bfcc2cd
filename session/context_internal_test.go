package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

type contextKey string

var (
	errCause  = errors.New("the cause")
	errParent = errors.New("the parent's cause")
)

// A twin is a lazyContext and the context of the standard library that it stands for.
type twin struct {
	lazy *lazyContext
	std  context.Context //nolint:containedctx // it is what lazy is compared with
	stop context.CancelCauseFunc
}

func newTwin(parent context.Context, timeout time.Duration, detached bool) *twin {
	w := &twin{lazy: &lazyContext{source: source{parent, timeout, detached}}}
	if detached {
		parent = context.WithoutCancel(parent)
	}
	w.std, w.stop = context.WithCancelCause(parent)
	if timeout > 0 {
		w.lazy.Deadline() // from now on it counts
		var cancel context.CancelFunc
		w.std, cancel = context.WithTimeout(w.std, timeout)
		context.AfterFunc(w.std, cancel)
	}
	return w
}

func (w *twin) end(cause error) {
	w.lazy.end(w.lazy.source, cause)
	w.stop(cause)
}

// want compares what can be asked without Done, and where done is true also that, after which it asks again.
func (w *twin) want(t *testing.T, done bool) {
	t.Helper()
	synctest.Wait()
	at, ok := w.lazy.Deadline()
	if wantAt, want := w.std.Deadline(); ok != want || !at.Equal(wantAt) {
		t.Errorf("the deadline is %s, %v, want %s, %v", at, ok, wantAt, want)
	}
	if got, want := w.lazy.Err(), w.std.Err(); got != want { //nolint:errorlint // a context's errors are not wrapped
		t.Errorf("the error is %v, want %v", got, want)
	}
	if got, want := context.Cause(w.lazy), context.Cause(w.std); got != want { //nolint:errorlint // the very cause
		t.Errorf("the cause is %v, want %v", got, want)
	}
	if got, want := w.lazy.Value(contextKey("k")), w.std.Value(contextKey("k")); got != want {
		t.Errorf("a value is %v, want %v", got, want)
	}
	if !done {
		return
	}
	if got, want := closed(w.lazy.Done()), closed(w.std.Done()); got != want {
		t.Errorf("done is %v, want %v", got, want)
	}
	w.want(t, false)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// steps are what can happen to a context, in all the orders that matter.
var steps = map[string][]func(w *twin, cancel context.CancelCauseFunc){
	"nothing":                  {},
	"deadline":                 {hour},
	"parent":                   {parentEnds},
	"end":                      {end},
	"end with a cause":         {endWithCause},
	"end twice":                {end, endWithCause},
	"end, parent":              {end, parentEnds},
	"parent, end":              {parentEnds, end},
	"parent, end with a cause": {parentEnds, endWithCause},
	"cause, parent":            {endWithCause, parentEnds},
	"end, deadline":            {end, hour},
	"deadline, end":            {hour, end},
	"cause, deadline":          {endWithCause, hour},
	"parent, deadline":         {parentEnds, hour},
	"deadline, parent":         {hour, parentEnds},
	"parent, deadline, end":    {parentEnds, hour, end},
}

func hour(*twin, context.CancelCauseFunc) {
	pass(time.Hour)
	synctest.Wait() // for the timer of the standard library's
}

func parentEnds(_ *twin, cancel context.CancelCauseFunc) { cancel(errParent) }
func end(w *twin, _ context.CancelCauseFunc)             { w.end(nil) }
func endWithCause(w *twin, _ context.CancelCauseFunc)    { w.end(errCause) }

func TestLazyContextIsLikeTheStandardLibrarys(t *testing.T) {
	for name, steps := range steps {
		for _, kind := range []string{"plain", "timed", "detached", "detached and timed"} {
			for _, asks := range []string{"never", "last", "first"} {
				t.Run(fmt.Sprintf("%s, %s, Done is asked for %s", name, kind, asks), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), contextKey("k"), "v"))
						defer cancel(nil)
						var timeout time.Duration
						if kind == "timed" || kind == "detached and timed" {
							timeout = time.Hour
						}
						w := newTwin(parent, timeout, kind == "detached" || kind == "detached and timed")
						defer w.end(nil)
						w.want(t, asks == "first")
						for _, step := range steps {
							step(w, cancel)
							w.want(t, asks == "first")
						}
						w.want(t, asks != "never")
					})
				})
			}
		}
	}
}

func TestLazyContextEndsOnceThoughNobodyLooks(t *testing.T) {
	for name, steps := range map[string][]func(w *twin, cancel context.CancelCauseFunc){
		"deadline": {end, hour}, "parent": {end, parentEnds}, "another end": {end, endWithCause}, "deadline, after a cause": {endWithCause, hour},
		"parent, after a cause": {endWithCause, parentEnds}, "an end, after the deadline": {hour, end}, "an end, after the parent's": {parentEnds, end},
	} {
		for _, timeout := range []time.Duration{0, time.Hour} { // without a timeout, nobody has waited
			t.Run(fmt.Sprintf("%s, %s", name, timeout), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					parent, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					w := newTwin(parent, timeout, false)
					for _, step := range steps {
						step(w, cancel)
					}
					w.want(t, true)
				})
			})
		}
	}
}

func TestLazyContextHasTheEarlierDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, own := range []time.Duration{0, time.Minute, time.Hour} {
			for _, detached := range []bool{false, true} {
				parent, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				w := newTwin(parent, own, detached)
				w.want(t, false)
				pass(5 * time.Minute)
				w.want(t, false)
				pass(6 * time.Minute)
				w.want(t, true)
				w.end(nil)
				cancel()
			}
		}
	})
}

func TestTimeoutCountsFromWhenSomebodyAsks(t *testing.T) {
	asks := map[string]func(c *lazyContext){
		"Deadline":  func(c *lazyContext) { c.Deadline() },
		"Done":      func(c *lazyContext) { c.Done() },
		"Err twice": func(c *lazyContext) { _, _ = c.Err(), c.Err() },
	}
	for name, ask := range asks {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &lazyContext{source: source{parent: t.Context(), timeout: time.Hour}}
				defer c.release()
				pass(2 * time.Hour)
				ask(c)
				if c.Err() != nil {
					t.Error("it has ended before anybody asked")
				}
				pass(time.Hour)
				synctest.Wait()
				if c.Err() == nil {
					t.Error("it does not end")
				}
			})
		})
	}
}

func TestChildrenOfALazyContextEndWithIt(t *testing.T) {
	ends := map[string]func(w *twin, cancel context.CancelCauseFunc){
		"end": end, "end with a cause": endWithCause, "parent": parentEnds, "deadline": hour,
	}
	for name, ends := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				w := newTwin(parent, time.Hour, false)
				defer w.end(nil)
				child, stop := context.WithCancel(context.WithValue(w.lazy, contextKey("child"), 1))
				defer stop()
				want, stopWant := context.WithCancel(w.std)
				defer stopWant()
				called := make(chan error, 1)
				context.AfterFunc(w.lazy, func() { called <- context.Cause(w.lazy) })
				silent := context.AfterFunc(w.lazy, func() { t.Error("what was stopped is called") })
				if !silent() || closed(child.Done()) || len(called) > 0 {
					t.Error("something has ended already")
				}
				ends(w, cancel)
				synctest.Wait()
				<-child.Done()
				if child.Err() != want.Err() || context.Cause(child) != context.Cause(want) { //nolint:errorlint // the very cause
					t.Errorf("a child ends with %v, %v, want %v, %v", child.Err(), context.Cause(child), want.Err(), context.Cause(want))
				}
				if cause := <-called; cause != context.Cause(want) { //nolint:errorlint // the very cause
					t.Errorf("AfterFunc's function finds the cause %v, want %v", cause, context.Cause(want))
				}
				late, stopLate := context.WithCancel(w.lazy)
				defer stopLate()
				if late.Err() == nil || context.Cause(late) != context.Cause(want) { //nolint:errorlint // the very cause
					t.Errorf("a child that comes late ends with %v, %v", late.Err(), context.Cause(late))
				}
			})
		})
	}
}

// requested returns what a request needs that has the context.
func requested(ctx context.Context) *visit {
	v := &visit{}
	v.session.m = nowhere()
	v.session.http = (&http.Request{}).WithContext(ctx)
	v.writer.visit = v
	return v
}

func TestLazyContextHasTheSessionAndItsParentsValues(t *testing.T) {
	parent := context.WithValue(t.Context(), contextKey("k"), "v")
	v := requested(parent)
	s := &v.session
	c := (*requestContext)(&v.writer)
	defer s.over()
	for range 2 { // before and after Done
		if From(c) != s || From(context.WithValue(c, contextKey("x"), 1)) != s {
			t.Error("the session is another")
		}
		if c.Value(contextKey("k")) != "v" || c.Value(contextKey("absent")) != nil {
			t.Error("the parent's values are others")
		}
		c.Done()
	}
	inner := &lazyContext{source: source{parent: c, detached: true}}
	if From(inner) != s || From(context.WithoutCancel(c)) != s {
		t.Error("a detached context has another session")
	}
	if From(parent).Err() == nil || !errors.Is(From(parent).Err(), ErrDisabled) {
		t.Error("without a session there is no error")
	}
	none := From(parent)
	if before := Used(none); before || none.Err() == nil || !Used(none) {
		t.Errorf("where there are no sessions, one is used before it was asked: %t", before)
	}
}

// foreign is a context of another package, which package context can only wait for with a goroutine.
type foreign struct {
	context.Context //nolint:containedctx // it is a context
	done            chan struct{}
}

func (f foreign) Done() <-chan struct{} { return f.done }

func (f foreign) Err() error {
	if closed(f.done) {
		return context.Canceled
	}
	return nil
}

func TestLazyContextThatEndedLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent()) // which other tests may have left
	for _, parent := range []context.Context{t.Context(), foreign{t.Context(), make(chan struct{})}} {
		c := &lazyContext{source: source{parent: parent, timeout: time.Hour}}
		for range 10 {
			child, cancel := context.WithCancel(c)
			defer cancel()
			context.AfterFunc(child, func() {})
		}
		c.release()
		<-c.Done()
		late := &lazyContext{source: source{parent: parent, timeout: time.Hour}}
		late.end(late.source, errCause)
		<-late.Done()
	}
}

func TestChildOfALazyContextCostsNoGoroutine(t *testing.T) {
	unrelated := goleak.IgnoreCurrent()
	c := &lazyContext{source: source{parent: t.Context(), timeout: time.Hour}}
	defer c.release()
	child, cancel := context.WithCancel(c)
	defer cancel()
	goleak.VerifyNone(t, unrelated)
	cancel()
	if c.Err() != nil || child.Err() == nil {
		t.Error("a child ends its parent")
	}
}

func TestLazyContextIsSafeForSeveralGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := requested(t.Context())
		s := &v.session
		c := (*requestContext)(&v.writer)
		for range 20 {
			go func() { _, _, _ = c.Err(), context.Cause(c), From(c) }()
			go func() { <-c.Done() }()
			go func() { s.ending.end(s.source(), errCause) }()
		}
		synctest.Wait()
		if context.Cause(c) != errCause { //nolint:errorlint // the very cause
			t.Errorf("the cause is %v", context.Cause(c))
		}
	})
}
