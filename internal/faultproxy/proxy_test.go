package faultproxy_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/internal/faultproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBytesPassBothWays(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			_, p := start(t, network)
			c := dial(t, p)
			c.asks(t, "hello")
			long := strings.Repeat("x", 1<<20)
			c.asks(t, long)
			if n := p.Connections(); n != 1 {
				t.Errorf("there are %d connections, want 1", n)
			}
		})
	}
}

func TestTheEndOfEitherSideReachesTheOther(t *testing.T) {
	s, p := start(t, "tcp")
	c := dial(t, p)
	c.asks(t, "hello")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.isCut(t)
	s.hasSeen(t, "hello")

	c = dial(t, p)
	c.asks(t, "hello again")
	c.says(t, "bye")
	c.isCut(t)
}

func TestCutClosesEveryConnection(t *testing.T) {
	_, p := start(t, "tcp")
	clients := []*client{dial(t, p), dial(t, p), dial(t, p)}
	for _, c := range clients {
		c.asks(t, "hello")
	}
	p.Cut()
	if n := p.Connections(); n != 0 {
		t.Errorf("there are %d connections after Cut", n)
	}
	for _, c := range clients {
		c.isCut(t)
	}
	dial(t, p).asks(t, "a new connection is not cut")
}

func TestRefuseCutsAndClosesWhatIsNew(t *testing.T) {
	s, p := start(t, "tcp")
	old := dial(t, p)
	old.asks(t, "hello")
	p.Refuse(true)
	old.isCut(t)
	dial(t, p).isCut(t)
	p.Refuse(false)
	dial(t, p).asks(t, "hello again")
	if n := s.accepted(); n != 2 {
		t.Errorf("the server saw %d connections, want the two that were not refused", n)
	}
}

func TestClientIsCutWhereThereIsNoServer(t *testing.T) {
	p := faultproxy.New(t, "unix", filepath.Join(t.TempDir(), "nobody"))
	dial(t, p).isCut(t)
}

func TestStalledBytesWait(t *testing.T) {
	s, p := start(t, "tcp")
	c := dial(t, p)
	c.asks(t, "hello")
	p.Stall(true)
	p.Stall(true) // twice is once
	c.says(t, "late")
	c.hearsNothing(t)
	s.hasSeen(t, "hello")
	p.Stall(false)
	p.Stall(false)
	c.hears(t, "late")
}

func TestStalledBytesArriveThoughTheirClientGaveUp(t *testing.T) {
	s, p := start(t, "tcp")
	c := dial(t, p)
	c.asks(t, "hello")
	p.Stall(true)
	c.says(t, "late")
	_ = c.Close()
	p.Stall(false)
	s.sees(t, "late")
}

func TestStalledConnectionCanBeCut(t *testing.T) {
	s, p := start(t, "tcp")
	c := dial(t, p)
	c.asks(t, "hello")
	p.Stall(true)
	c.says(t, "never")
	c.hearsNothing(t)
	p.Cut()
	c.isCut(t)
	p.Stall(false)
	dial(t, p).asks(t, "hello again")
	s.hasSeen(t, "hello", "hello again")
}

func TestDelayedAnswersComeLater(t *testing.T) {
	const delay = 50 * time.Millisecond
	_, p := start(t, "tcp")
	c := dial(t, p)
	p.Delay(delay)
	before := time.Now()
	c.asks(t, "hello")
	if took := time.Since(before); took < delay {
		t.Errorf("an answer with a delay of %v took %v", delay, took)
	}
	p.Delay(time.Hour)
	c.says(t, "cut me")
	c.hearsNothing(t)
	p.Cut()
	c.isCut(t)
}

func TestCutBeforeReplyLosesTheAnswerAndNotTheWork(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			s, p := start(t, network)
			c, other := dial(t, p), dial(t, p)
			p.CutBeforeReply([]byte("SAVE"))
			c.asks(t, "load 1")
			other.asks(t, "load 2")
			c.says(t, "please SAVE it")
			c.isCut(t)
			if n := p.Connections(); n != 1 {
				t.Errorf("there are %d connections, want the other one", n)
			}
			s.hasSeen(t, "load 1", "load 2", "please SAVE it") // already: the cut comes after the work
			other.asks(t, "SAVE another")                      // it was for one command
			dial(t, p).asks(t, "SAVE a third")
		})
	}
}
