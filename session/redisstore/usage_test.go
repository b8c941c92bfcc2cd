package redisstore_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
)

func usage(t *testing.T, s *redisstore.Store) session.Usage {
	t.Helper()
	u, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsageCountsSessionsUnderThePrefix(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"server": "redis://" + testredis.Start(t).Addr(), "cluster": testredis.StartCluster(t, false).URL()} {
		s := opened(t, session.BackendOptions{"url": url})
		other := opened(t, session.BackendOptions{"url": url, "prefix": newPrefix()})
		if u := usage(t, s); u != (session.Usage{Exact: true}) {
			t.Errorf("%s: an empty one is %+v", name, u)
		}
		for range 300 {
			saved(t, s, strings.Repeat("x", 300))
			saved(t, other, "x")
		}
		before := usage(t, s)
		for range 50 {
			key, _ := saved(t, s, "x")
			remove(t, s, key)
		}
		u := usage(t, s)
		if u.Sessions != 300 || !u.Exact || before.Bytes < 300*300 || before.Bytes > 300*1000 || u.Bytes <= before.Bytes {
			t.Errorf("%s: the usage was %+v before 50 deletions, and is %+v", name, before, u)
		}
	}
}

func TestUsageOfALargeDatabaseIsEstimated(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	const sessions, ended, others = 4000, 1000, 9000
	for i := range sessions + ended {
		key, rec := newKey(), record("x")
		rec.User = ""
		save(t, s, key, &rec)
		if i < ended {
			remove(t, s, key)
		}
	}
	server.Do(t, "EVAL", fmt.Sprintf("for i = 1, %d do redis.call('SET', 'other:' .. i, string.rep('x', 100)) end", others), "0")
	if u := usage(t, s); u.Exact || u.Sessions < sessions*8/10 || u.Sessions > sessions*12/10 || u.Bytes < sessions*50 {
		t.Errorf("the usage is %+v, want about %d sessions", u, sessions)
	}
}

func TestUsageSaysWhatItMayNotAsk(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	saved(t, s, "x")
	server.Do(t, "ACL", "SETUSER", "default", "-memory")
	if _, err := s.Usage(t.Context()); err == nil || !strings.Contains(err.Error(), "the package's documentation lists") {
		t.Errorf("the error is %v, want one that says what to do", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Usage(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close the error is %v", err)
	}
}

func TestUsageEndsWithItsTime(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr(), "timeout": "200ms"})
	saved(t, s, "x")
	server.Freeze(t, true)
	defer server.Freeze(t, false)
	began := time.Now()
	if _, err := s.Usage(t.Context()); err == nil || time.Since(began) > 10*time.Second {
		t.Errorf("after %v the error is %v", time.Since(began), err)
	}
}
