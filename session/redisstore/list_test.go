package redisstore_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
)

// scriptsRun returns how many scripts a server has run.
func scriptsRun(tb testing.TB, s *testredis.Server) (n int) {
	tb.Helper()
	for line := range strings.Lines(s.Do(tb, "INFO", "commandstats")) {
		if calls, ok := strings.CutPrefix(line, "cmdstat_evalsha:calls="); ok {
			calls, _, _ = strings.Cut(calls, ",")
			n, _ = strconv.Atoi(calls)
		}
	}
	return n
}

func wantScripts(t *testing.T, server *testredis.Server, want int, doing string, f func()) {
	t.Helper()
	before := scriptsRun(t, server)
	f()
	if n := scriptsRun(t, server) - before; n != want {
		t.Errorf("%s runs %d scripts, want %d", doing, n, want)
	}
}

func TestOrdinarySavesAreOneCommand(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := saved(t, s, "x")
	remove(t, s, func() session.Key { k, _ := saved(t, s, "x"); return k }()) // all scripts are known
	wantScripts(t, server, 10, "ten saves", func() {
		for range 10 {
			save(t, s, key, &rec)
		}
	})
	wantScripts(t, server, 10, "ten saves of a session whose end moves on", func() {
		for range 10 {
			rec.Expires = rec.Expires.Add(time.Minute)
			save(t, s, key, &rec)
		}
	})
	wantScripts(t, server, 3, "a save beyond what the index knows", func() {
		rec.Expires = rec.Expires.Add(3 * time.Hour)
		save(t, s, key, &rec)
	})
	wantScripts(t, server, 3, "a save by another user", func() {
		rec.User = "bob"
		save(t, s, key, &rec)
	})
	wantScripts(t, server, 2, "a login", func() { key, rec = saved(t, s, "x") })
	wantScripts(t, server, 2, "a logout", func() { remove(t, s, key) })
	nobodys := record("x")
	nobodys.User = ""
	wantScripts(t, server, 2, "two saves of nobody's session", func() {
		key := newKey()
		save(t, s, key, &nobodys)
		save(t, s, key, &nobodys)
	})
}

func TestIndexHoldsASessionAsLongAsItLives(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	index := redisstore.UserKeyName(s, "ada")
	key, rec := newKey(), record("x")
	for range 20 { // its end moves on, further than the index was told at first
		save(t, s, key, &rec)
		rec.Expires = rec.Expires.Add(20 * time.Minute)
		score, err := strconv.ParseInt(server.Do(t, "ZSCORE", index, string(key[:])), 10, 64)
		if stored := rec.Expires.Add(-20 * time.Minute); err != nil || stored.UnixMilli() > score {
			t.Fatalf("a session that ends at %v is in the index until %v: %v", stored, time.UnixMilli(score), err)
		}
		if ttl, _ := strconv.ParseInt(server.Do(t, "PTTL", index), 10, 64); time.Now().UnixMilli()+ttl < score {
			t.Fatalf("the index goes before its session: %d ms", ttl)
		}
	}
	wantsUser(t, s, "ada", 1)
}

func TestIndexForgetsWhatIsDeletedAndWhatHasEnded(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	index := redisstore.UserKeyName(s, "ada")
	one, _ := saved(t, s, "x")
	saved(t, s, "y")
	remove(t, s, one)
	if n := server.Do(t, "ZCARD", index); n != "1" {
		t.Errorf("after a delete the index holds %s sessions, want 1", n)
	}
	long := strconv.FormatInt(time.Now().Add(-2*time.Minute).UnixMilli(), 10)
	server.Do(t, "ZADD", index, long, strings.Repeat("k", 32)) // a session that ended
	saved(t, s, "z")
	if n := server.Do(t, "ZCARD", index); n != "2" {
		t.Errorf("after a session's end the index holds %s sessions, want 2", n)
	}
	wantsUser(t, s, "ada", 2)
}

// A session that is deleted and saved again is told about again, and the removal of the first does not touch the second.
func TestIndexIsNotClearedOfASessionThatIsThereAgain(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	index := redisstore.UserKeyName(s, "ada")
	key, rec := newKey(), record("x")
	rec.User = "ada"
	save(t, s, key, &rec)
	first := server.Do(t, "ZSCORE", index, string(key[:]))
	server.Do(t, "DEL", redisstore.KeyName(s, key)) // as a Delete that has not come to the index yet
	rec.Version = 0
	save(t, s, key, &rec)
	if second := server.Do(t, "ZSCORE", index, string(key[:])); second <= first {
		t.Errorf("the index knows the second session until %s, and knew the first until %s", second, first)
	}
	server.Do(t, "EVAL", redisstore.UnindexText, "1", index, string(key[:]), first)
	wantsUser(t, s, "ada", 1)
}

func TestListWhileTheTableShrinks(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	stays := map[session.Key]bool{}
	for range 300 {
		key, _ := saved(t, s, "x")
		stays[key] = true
	}
	server.Do(t, "EVAL", `for i = 1, 50000 do redis.call('SET', 'filler:' .. i, '') end`, "0")
	seen := map[session.Key]int{}
	for e, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		seen[e.Key]++
		if len(seen) == 20 {
			server.Do(t, "EVAL", `for i = 1, 50000 do redis.call('DEL', 'filler:' .. i) end`, "0")
			testredis.Eventually(t, "the table shrinks", func() bool {
				_, stats, _ := strings.Cut(server.Do(t, "MEMORY", "STATS"), "overhead.hashtable.main\n")
				bytes, _, _ := strings.Cut(stats, "\n")
				n, err := strconv.Atoi(bytes)
				return err == nil && n < 100_000
			})
		}
	}
	for key := range stays {
		if seen[key] != 1 {
			t.Errorf("a session was yielded %d times", seen[key])
		}
	}
}

func TestListOfWhatIsNoSession(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := saved(t, s, "x")
	server.Do(t, "SET", "proapi:s:short", "x")
	server.Do(t, "SET", "other", "x")
	n := 0
	for _, err := range s.List(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("List yields %d sessions, want 1", n)
	}
	for _, foreign := range []string{"x", "Sxxxxxxxx", "Dxxxxxxxxx", strings.Repeat("x", 100), "S" + strings.Repeat("x", 100)} {
		server.Do(t, "SET", redisstore.KeyName(s, key), foreign)
		if _, err := s.Load(t.Context(), key); err == nil || strings.Contains(err.Error(), "no such session") {
			t.Errorf("Load of %q returned %v, want an error that is no answer", foreign, err)
		}
	}
	server.Do(t, "DEL", redisstore.KeyName(s, key))
	server.Do(t, "LPUSH", redisstore.KeyName(s, key), "x")
	if err := s.Save(t.Context(), key, rec); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		t.Errorf("Save over a list returned %v, want the server's error", err)
	}
}

func TestKeysLiveAsLongAsWhatTheyHold(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, _ := saved(t, s, "x")
	ttl := func() time.Duration {
		ms, err := strconv.ParseInt(server.Do(t, "PTTL", redisstore.KeyName(s, key)), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(ms) * time.Millisecond
	}
	if d := ttl(); d > time.Hour || d < time.Hour-time.Minute {
		t.Errorf("a session of an hour stays for %v", d)
	}
	if err := s.Delete(t.Context(), key, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if d := ttl(); d > time.Minute || d < 30*time.Second {
		t.Errorf("a tombstone of a minute stays for %v", d)
	}
	remaining := server.Do(t, "STRLEN", redisstore.KeyName(s, key))
	if remaining != "17" {
		t.Errorf("a tombstone has %s bytes, want 17", remaining)
	}
}

func TestListFailsWhereAPrimaryIsMissing(t *testing.T) {
	t.Parallel()
	cluster := testredis.StartCluster(t, false)
	s := opened(t, session.BackendOptions{"url": cluster.URL(), "timeout": limit})
	for range 30 {
		saved(t, s, "x")
	}
	cluster.Primaries[1].Stop(t)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	var err error
	for _, err = range s.List(ctx) {
		if err != nil {
			break
		}
	}
	if err == nil || ctx.Err() != nil {
		t.Errorf("List ends with %v, want that something is missing", fmt.Sprint(err))
	}
}

func TestListFailsWhereASlotMovedMeanwhile(t *testing.T) {
	t.Parallel()
	cluster := testredis.StartCluster(t, false)
	s := opened(t, session.BackendOptions{"url": cluster.URL()})
	for range 10 {
		saved(t, s, "x")
	}
	var last error
	moved := false
	for _, err := range s.List(t.Context()) {
		if last = err; !moved {
			cluster.Move(t, 0, cluster.Primaries[0], cluster.Primaries[1], func() {})
			moved = true
		}
	}
	if last == nil || !strings.Contains(last.Error(), "list again") {
		t.Errorf("List ends with %v, want that a slot has moved", last)
	}
}

// The server's clock need not be ours: what has expired by ours may be stored for a while.
func TestExpiredRecordThatIsStillStoredIsNotThere(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	key, rec := newKey(), record("x")
	rec.Expires = time.Now().UTC().Truncate(time.Microsecond).Add(time.Second)
	save(t, s, key, &rec)
	tombstone := newKey()
	if err := s.Delete(t.Context(), tombstone, rec.Expires); err != nil {
		t.Fatal(err)
	}
	for _, k := range []session.Key{key, tombstone} {
		if server.Do(t, "PERSIST", redisstore.KeyName(s, k)) != "1" {
			t.Fatal("the key has gone already")
		}
	}
	testredis.Eventually(t, "the record has expired", func() bool { return rec.Expired(time.Now()) })
	for _, k := range []session.Key{key, tombstone} {
		_, err := s.Load(t.Context(), k)
		wantError(t, "Load", err, session.ErrNotFound)
	}
	wantsUser(t, s, "ada", 0)
	rec.Expires = time.Now().Add(time.Hour)
	wantError(t, "an update", s.Save(t.Context(), key, rec), session.ErrConflict)
	for _, k := range []session.Key{key, tombstone} {
		next := record("y")
		save(t, s, k, &next)
		wantValues(t, s, k, 1, "y")
	}
}
