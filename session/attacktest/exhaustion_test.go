package attacktest_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/storetest"
)

// The attacker sends requests without a cookie, as many as he can, and logs out with what he gets. Nothing of it is stored.
func TestFloodOfStrangersStoresNothing(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t, memstore.Options{}))
	s := newSite(t, store)
	before := heap()
	for range 2000 {
		c := s.client(t, "")
		c.send("GET", "/me")
		if c.token == "" {
			t.Fatal("a first visit got no cookie")
		}
		c.send("POST", "/logout")
		c.send("POST", "/signout")
	}
	if n := store.Calls(storetest.Save) + store.Calls(storetest.Delete); n > 0 {
		t.Errorf("the store was written to %d times", n)
	}
	if grown := int64(heap()) - int64(before); grown > 10<<20 { // most of it, what remembers checked tokens may hold
		t.Errorf("the process has grown by %d bytes", grown)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The attacker makes the site store something for each of his requests, until the store is full. He is told so, and who was
// logged in before stays so, and can log out.
func TestFullStoreLosesNobody(t *testing.T) {
	const most = 100
	s := newSite(t, newMemory(t, memstore.Options{MaxSessions: most}))
	victim := s.client(t, "")
	victim.send("POST", "/signin?user=ann")
	refused := 0
	for range 2 * most {
		if s.client(t, "").send("POST", "/cart?item=junk").StatusCode == http.StatusServiceUnavailable {
			refused++
		}
	}
	if refused < most {
		t.Errorf("%d of %d records past the bound were refused", refused, most)
	}
	if a := victim.send("POST", "/cart?item=tea"); a.StatusCode != http.StatusOK {
		t.Errorf("who was logged in before is answered %d", a.StatusCode)
	}
	s.wantSeen(t, "the victim", victim.token, "ann/tea")
	old := victim.token
	if a := victim.send("POST", "/signout"); a.StatusCode != http.StatusOK {
		t.Errorf("his logout is answered %d", a.StatusCode)
	}
	s.wantSeen(t, "who kept his cookie", old, nobody)
}

// The attacker fills his session with as much as the application takes, at once and bit by bit. It is bounded, and what it
// held stays.
func TestHugeSessionIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, store session.Store) {
		s := newSite(t, store, func(o *session.Options) { o.MaxSize = 10_000 })
		c := s.client(t, "")
		c.send("POST", "/cart?item=tea")
		for _, size := range []int{10_001, 1 << 20, 9 << 20} {
			if a := c.send("POST", "/cart?item="+strings.Repeat("x", size)); a.StatusCode != http.StatusInternalServerError {
				t.Errorf("%d bytes are answered %d", size, a.StatusCode)
			}
		}
		s.wantSeen(t, "he", c.token, "/tea")
	})
}

// The attacker sends headers of a megabyte, made of cookies of our name, of others and of nothing. They cost about what
// reading them costs.
func TestHugeCookiesCostLittle(t *testing.T) {
	store := storetest.NewFaulty(newMemory(t, memstore.Options{}))
	s := newSite(t, store)
	for _, header := range []string{
		strings.Repeat("session=x; ", 50_000), "session=" + strings.Repeat("x", 900_000), strings.Repeat(";", 900_000), strings.Repeat("a=b; ", 100_000),
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/me", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", header)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if string(body) != nobody {
			t.Errorf("the answer to %.12s... is %d %q", header, res.StatusCode, body)
		}
	}
	if n := store.Calls(storetest.Load); n > 0 {
		t.Errorf("the store was asked %d times", n)
	}
}
