package storetest_test

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// A flaw is what is wrong with a reference.
type flaw string

const (
	none flaw = ""

	loadInventsRecords       flaw = "loads an empty record where there is none"
	losesUser                flaw = "loses the user"
	cutsUser                 flaw = "cuts the user at 255 letters"
	truncatesTimes           flaw = "keeps times to the millisecond"
	dropsZones               flaw = "drops the zone of a time"
	stopsAtNUL               flaw = "ends values at a NUL"
	wantsText                flaw = "makes text of values"
	cutsValues               flaw = "keeps 65535 bytes"
	versionStays             flaw = "keeps the version at an update"
	versionStartsAtZero      flaw = "stores the version as it came"
	insertOverwrites         flaw = "inserts over a record"
	conflictChanges          flaw = "changes the record though it refuses the save"
	acceptsStale             flaw = "accepts an update based on an old version"
	acceptsFuture            flaw = "accepts an update based on a version to come"
	upserts                  flaw = "inserts where it should update"
	loadSharesBytes          flaw = "hands out its own bytes"
	loadReusesBuffer         flaw = "loads each time into the same bytes"
	saveKeepsBytes           flaw = "keeps the caller's bytes"
	ignoresABit              flaw = "ignores one bit of the key"
	ignoresHalf              flaw = "ignores half of the key"
	neverExpires             flaw = "never lets a record expire"
	refusesOldExpiry         flaw = "loads what expired long ago"
	expiredBlocksInsert      flaw = "refuses an insert over an expired record"
	expiredTakesUpdates      flaw = "updates an expired record"
	dropsExpired             flaw = "ignores a save of an expired record"
	expiresBySecond          flaw = "lets a record expire a second late"
	deleteKeeps              flaw = "loads what was deleted"
	saysDeletedPlainly       flaw = "has an error of its own for what was deleted"
	saysUntilForAt           flaw = "says until when, not when it was deleted"
	deleteRefusesNothing     flaw = "forgets at once that it deleted"
	deleteRefusesInsertsOnly flaw = "refuses inserts after a delete, but no updates"
	deleteNeedsRecord        flaw = "deletes only what is stored"
	deletesForEver           flaw = "refuses saves for ever after a delete"
	deleteOnlyOnce           flaw = "fails at the second delete"
	lastDeleteHolds          flaw = "lets the last delete hold"
	firstDeleteHolds         flaw = "lets the first delete hold"
	tombstoneEndsEarly       flaw = "ends a delete a second early"
	tombstoneOutlives        flaw = "ends a delete a minute late"
	loadIgnoresContext       flaw = "loads for an ended context"
	saveIgnoresContext       flaw = "saves for an ended context"
	deleteIgnoresContext     flaw = "deletes for an ended context"
	contextIsNotWrapped      flaw = "says that the context ended in words only"
	contextIsNotFound        flaw = "finds nothing when the context has ended"
	tellsKeyWhereMissing     flaw = "tells the key as a path in hex"
	contextTellsKey          flaw = "tells the key as a list of numbers"
	conflictTellsValues      flaw = "tells the values"
	insertRaces              flaw = "looks before it inserts, without a lock"
	updateRaces              flaw = "looks before it updates, without a lock"
	saveRacesDelete          flaw = "looks for a delete before it saves, without a lock"
	tearsRecords             flaw = "writes a record in two steps"
	sweepRemovesLiving       flaw = "sweeps what has not expired"
	sweepRemovesTombstones   flaw = "sweeps every tombstone"
	sweepForgetsTombstones   flaw = "sweeps no tombstone"
	sweepOnlyCounts          flaw = "counts what it should sweep"
)

// mangle does to a record what a careless encoding does.
func (s *reference) mangle(rec store.Record) store.Record {
	switch s.flaw {
	case losesUser:
		rec.User = ""
	case cutsUser:
		rec.User = rec.User[:min(255, len(rec.User))]
	case truncatesTimes:
		rec.Seen = rec.Seen.Truncate(time.Millisecond)
	case dropsZones:
		_, offset := rec.Created.Zone()
		rec.Created = rec.Created.Add(time.Duration(offset) * time.Second)
	case stopsAtNUL:
		rec.Values, _, _ = bytes.Cut(rec.Values, []byte{0})
	case wantsText:
		rec.Values = bytes.ToValidUTF8(rec.Values, []byte("?"))
	case cutsValues:
		rec.Values = rec.Values[:min(math.MaxUint16, len(rec.Values))]
	}
	return rec
}

func (s *reference) handOut(rec store.Record) store.Record {
	switch s.flaw {
	case loadSharesBytes:
		return rec
	case loadReusesBuffer:
		// Not for the values of the rules that load from many goroutines: the race detector would end the test.
		if n := len(rec.Values); n > 10 && n < 100 {
			s.buffer = append(s.buffer[:0], rec.Values...)
			rec.Values = s.buffer
			return rec
		}
	}
	rec.Values = bytes.Clone(rec.Values)
	return rec
}

func (s *reference) keyOf(key store.Key) store.Key {
	switch s.flaw {
	case ignoresABit:
		key[31] &= 0xfe
	case ignoresHalf:
		clear(key[16:])
	}
	return key
}

func (s *reference) deletedError(t tombstone) error {
	switch s.flaw {
	case saysUntilForAt:
		return &store.DeletedError{At: t.until}
	case saysDeletedPlainly:
		return fmt.Errorf("reference: deleted")
	}
	return &store.DeletedError{At: t.at}
}

func (s *reference) notFound(key store.Key) error {
	if s.flaw == tellsKeyWhereMissing {
		return fmt.Errorf("reference: open %02X/%X: %w", key[:1], key[1:], store.ErrNotFound)
	}
	return store.ErrNotFound
}

func (s *reference) conflict(key store.Key, rec store.Record, err error) error {
	switch s.flaw {
	case conflictChanges:
		old := s.records[key]
		old.Seen = rec.Seen
		s.records[key] = old
	case conflictTellsValues:
		return fmt.Errorf("reference: %w: %q", err, rec.Values)
	}
	return err
}

func (s *reference) contextError(key store.Key, err error) error {
	switch s.flaw {
	case contextIsNotWrapped:
		return fmt.Errorf("reference: gave up: %v", err)
	case contextIsNotFound:
		return fmt.Errorf("%w: %w", store.ErrNotFound, err)
	case contextTellsKey, listTellsKey:
		return fmt.Errorf("reference: get %v: %w", key[:], err)
	}
	return err
}
