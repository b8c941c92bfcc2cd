package redisstore

import (
	"encoding/binary"
	"testing"

	"github.com/proapi-go/proapi/session"
)

func TestRecentKnowsTheLastKeysAndNoMore(t *testing.T) {
	numbered := func(n int) (key session.Key) {
		binary.BigEndian.PutUint64(key[:], uint64(n))
		return key
	}
	var r recent
	for n := range 3 * remembered {
		if !r.add(numbered(n)) {
			t.Fatalf("key %d is not new", n)
		}
		if back := max(0, n-remembered+1); r.add(numbered(back)) {
			t.Fatalf("after key %d, key %d is new", n, back)
		}
		if len(r.set) > remembered || len(r.ring) > remembered {
			t.Fatalf("%d keys are remembered, want %d at the most", len(r.set), remembered)
		}
	}
	if !r.add(numbered(0)) {
		t.Error("the first key is not forgotten")
	}
}
