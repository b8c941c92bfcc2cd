package memstore

import (
	"fmt"
	"sync/atomic"

	"github.com/proapi-go/proapi/session/store"
)

// placeBytes is what a record is charged for beside its slot: 12 bytes in the queue, 8 in the index, and their slack.
const placeBytes = 32

// bounds counts what all shards hold together. Only a change of the number of records or of a slot's size touches it, so
// that loads, and saves that change little, share nothing between shards.
type bounds struct {
	maxRecords, maxBytes int64
	records, bytes       atomic.Int64
}

// take books records and bytes, either of which may be negative, if the bounds allow both.
func (b *bounds) take(records, bytes int64) error {
	if !book(&b.records, records, b.maxRecords) {
		return b.full()
	}
	if !book(&b.bytes, bytes, b.maxBytes) {
		b.records.Add(-records)
		return b.full()
	}
	return nil
}

// give takes back what was booked.
func (b *bounds) give(records, bytes int64) {
	b.records.Add(-records)
	b.bytes.Add(-bytes)
}

func (b *bounds) full() error {
	return fmt.Errorf("memstore: %w: %d of at most %d records and tombstones, %d of at most %d bytes",
		store.ErrFull, b.records.Load(), b.maxRecords, b.bytes.Load(), b.maxBytes)
}

// book adds n to the counter unless that took it past its bound. What gets less is always booked.
func book(counter *atomic.Int64, n, most int64) bool {
	for {
		old := counter.Load()
		if n > 0 && old > most-n {
			return false
		}
		if n == 0 || counter.CompareAndSwap(old, old+n) {
			return true
		}
	}
}
