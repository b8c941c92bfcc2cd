package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func loadOfMissing(ctx context.Context, p *probe) {
	p.when("a key never saved")
	p.misses(ctx, newKey())

	p.when("a key never saved, beside one that was")
	key, rec := p.stored(ctx, 1)
	p.misses(ctx, newKey())
	p.loads(ctx, key, rec)
}

func roundTrip(ctx context.Context, p *probe) {
	for _, scene := range slices.Sorted(maps.Keys(shapes)) {
		p.when("%s", scene)
		key, rec := newKey(), sample()
		shapes[scene](&rec)
		p.saves(ctx, key, rec)
		p.loads(ctx, key, at(1, rec))
	}
}

// shapes are the records that a round trip must survive.
var shapes = map[string]func(rec *store.Record){
	"a plain record":   func(*store.Record) {},
	"nobody's session": func(rec *store.Record) { rec.User = "" },
	"nil values":       func(rec *store.Record) { rec.Values = nil },
	"empty values":     func(rec *store.Record) { rec.Values = []byte{} },
	"values that are no text": func(rec *store.Record) {
		rec.Values = allBytes()
	},
	"values that end in NUL": func(rec *store.Record) { rec.Values = []byte("a\x00b\x00\x00") },
	"a user in many scripts": func(rec *store.Record) { rec.User = "Zoë O'Neill \"七\" %s \\ 😀" },
	"a user of 300 letters":  func(rec *store.Record) { rec.User = strings.Repeat("u", 300) },
	"times to the microsecond": func(rec *store.Record) {
		rec.Created = time.Date(2001, 2, 3, 4, 5, 6, 1000, time.UTC)
		rec.Seen = time.Date(2020, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		rec.Expires = rec.Expires.Truncate(time.Second).Add(123_457 * time.Microsecond)
	},
	"times of other zones": func(rec *store.Record) {
		rec.Created = rec.Created.In(time.FixedZone("east", 14*3600))
		rec.Seen = rec.Seen.In(time.FixedZone("west", -11*3600-1800))
		rec.Expires = rec.Expires.In(time.FixedZone("east", 5*3600+2700))
	},
}

// allBytes returns each of the 256 bytes once.
func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func sizes(ctx context.Context, p *probe) {
	for _, size := range []int{0, 1, 64 << 10, 1 << 20} {
		p.when("values of %d bytes", size)
		key, rec := newKey(), sample()
		rec.Values = make([]byte, size)
		_, _ = rand.Read(rec.Values) // never fails
		p.saves(ctx, key, rec)
		p.loads(ctx, key, at(1, rec))

		p.when("values of %d bytes that shrink to 2", size)
		rec.Values = []byte("ok")
		p.saves(ctx, key, at(1, rec))
		p.loads(ctx, key, at(2, rec))
	}
}

func versionGrows(ctx context.Context, p *probe) {
	p.when("ten saves, each based on the one before it")
	key, rec := newKey(), sample()
	for rec.Version < 10 {
		rec = changed(rec)
		p.saves(ctx, key, rec)
		rec.Version++
		p.loads(ctx, key, rec)
	}
}

func insertOfExisting(ctx context.Context, p *probe) {
	for _, version := range []uint64{1, 3} {
		p.when("an insert over a record of version %d", version)
		key, rec := p.stored(ctx, version)
		p.conflicts(ctx, key, changed(at(0, rec)))
		p.loads(ctx, key, rec)
	}
}

func updateOfAnotherVersion(ctx context.Context, p *probe) {
	key, rec := p.stored(ctx, 3)
	for _, version := range []uint64{1, 2, 4, 100} {
		p.when("an update based on version %d of a record of version 3", version)
		p.conflicts(ctx, key, changed(at(version, rec)))
		p.loads(ctx, key, rec)
	}
	p.when("an update based on the stored version, after some that were refused")
	p.saves(ctx, key, rec)
	p.loads(ctx, key, at(4, rec))
}

func updateOfMissing(ctx context.Context, p *probe) {
	for _, version := range []uint64{1, 7} {
		p.when("an update with version %d of a key never saved", version)
		key := newKey()
		p.conflicts(ctx, key, at(version, sample()))
		p.misses(ctx, key)

		p.when("an insert after it")
		p.saves(ctx, key, sample())
	}
}

func loadIsTheCallers(ctx context.Context, p *probe) {
	key, rec := p.stored(ctx, 1)
	if !p.ok() {
		return
	}
	got, err := p.store.Load(ctx, key)
	if err != nil {
		p.failf("Load returned %w, want the record", err)
		return
	}
	p.when("a caller that writes to the bytes that Load returned, and behind them")
	scribble(got.Values[:cap(got.Values)])
	p.loads(ctx, key, rec)

	p.when("a caller that keeps the bytes that Load returned")
	got, err = p.store.Load(ctx, key)
	if err != nil {
		p.failf("Load returned %w, want the record", err)
		return
	}
	before := bytes.Clone(got.Values)
	next := at(1, rec)
	next.Values = bytes.Repeat([]byte("x"), len(rec.Values))
	p.saves(ctx, key, next)
	p.loads(ctx, key, at(2, next))
	if !bytes.Equal(got.Values, before) {
		p.failf("a later Save or Load changed them")
	}
}

func saveKeepsNothing(ctx context.Context, p *probe) {
	key, rec := newKey(), sample()
	for _, scene := range []string{"an insert", "an update"} {
		p.when("%s whose caller writes to the bytes afterwards", scene)
		mine := rec
		mine.Values = bytes.Clone(rec.Values)
		p.saves(ctx, key, mine)
		scribble(mine.Values)
		rec.Version++
		p.loads(ctx, key, rec)
	}
}

func scribble(b []byte) {
	for i := range b {
		b[i] ^= 0xff
	}
}
