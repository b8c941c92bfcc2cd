package filestore

import (
	"testing"

	"github.com/proapi-go/proapi/session/store"
)

func TestWhatIsKnownOfCopies(t *testing.T) {
	key := store.Key{1}
	var w written
	want := func(number uint64, state copyState) {
		t.Helper()
		if got := w.of(key, number); got != state {
			t.Errorf("of copy %d is known %d, want %d", number, got, state)
		}
	}
	want(1, pending)
	w.note(key, 2, pending)
	w.note(key, 1, durable) // a flush that began before the second was written
	want(2, pending)
	w.note(key, 2, durable)
	want(2, durable)
	want(3, pending) // somebody else's

	want(1, pending) // the file was replaced, when the clock had been set back
	w.note(key, 1, durable)
	want(1, durable)

	w.note(key, 4, failed)
	w.note(key, 5, durable)
	want(5, failed)
	if len(w.undone()) != 1 {
		t.Error("what has failed counts as done")
	}
	w.forget(key)
	want(6, pending)
	w.note(key, 6, durable)
	want(6, durable)
	if len(w.undone()) != 0 {
		t.Error("what is durable counts as undone")
	}
}

func TestWhatIsKnownIsBounded(t *testing.T) {
	var w written
	for i := range 2 * maxWritten {
		w.note(store.Key{byte(i), byte(i >> 8)}, 1, durable)
	}
	if len(w.copies) > maxWritten {
		t.Errorf("%d copies are remembered, want %d at most", len(w.copies), maxWritten)
	}
	for i := range 2 * maxWritten {
		w.note(store.Key{byte(i), byte(i >> 8), 1}, 1, pending)
	}
	if len(w.undone()) != 2*maxWritten {
		t.Errorf("%d copies are to be flushed, want all %d", len(w.undone()), 2*maxWritten)
	}
}
