package storetest

import (
	"context"
	"strconv"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func keysAreIndependent(ctx context.Context, p *probe) {
	base := newKey()
	p.when("a key, the 256 that differ from it in one bit, all zero and all ones")
	keys := append(neighbours(base), base)
	for _, key := range fixedKeys() {
		// These are the same at each run: what the last one left, on a database that stays, must not be in the way.
		p.deletes(ctx, key, time.Now().Add(-time.Hour))
		keys = append(keys, key)
	}
	records := make([]store.Record, len(keys))
	for i, key := range keys {
		records[i] = sample()
		records[i].Values = strconv.AppendInt(nil, int64(i), 10)
		p.saves(ctx, key, records[i])
		records[i].Version++
	}
	for i, key := range keys {
		p.loads(ctx, key, records[i])
	}

	p.when("the 256 keys that differ in one bit from one that was deleted")
	p.deletes(ctx, base, time.Now().Add(time.Hour))
	for i, key := range neighbours(base) {
		p.loads(ctx, key, records[i])
		p.saves(ctx, key, records[i])
	}
	p.misses(ctx, base)
}

// neighbours returns the keys that differ from key in one bit.
func neighbours(key store.Key) []store.Key {
	var keys []store.Key
	for i := range key {
		for bit := range 8 {
			other := key
			other[i] ^= 1 << bit
			keys = append(keys, other)
		}
	}
	return keys
}

func fixedKeys() []store.Key {
	var zero, ones store.Key
	scribble(ones[:])
	return []store.Key{zero, ones}
}
