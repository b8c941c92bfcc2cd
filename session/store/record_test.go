package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func sample() store.Record {
	return store.Record{
		Version: 7,
		Created: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC),
		Seen:    time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC),
		Expires: time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		User:    "ünïcode",
		Values:  []byte{0, 1, 255},
	}
}

func encode(t *testing.T, r store.Record) []byte {
	t.Helper()
	b, err := r.AppendBinary([]byte("before"))
	if err != nil {
		t.Fatal(err)
	}
	if len(b) != len("before")+r.EncodedSize() {
		t.Errorf("%d bytes were added, and EncodedSize is %d", len(b)-len("before"), r.EncodedSize())
	}
	return b[len("before"):]
}

func TestRecordComesBackAsItWas(t *testing.T) {
	for name, want := range map[string]store.Record{
		"full": sample(), "no user": {Version: 1<<64 - 1, Created: time.UnixMicro(0).UTC(), Seen: time.UnixMicro(1).UTC(), Expires: time.UnixMicro(2).UTC(), Values: []byte{}},
	} {
		b := encode(t, want)
		var got store.Record
		if err := got.UnmarshalBinary(b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		clear(b)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the record changed with the bytes that it was read from", name)
		}
	}
}

func TestBytesThatAreNoRecordAreRefused(t *testing.T) {
	good := encode(t, sample())
	header := len(good) - len("ünïcode") - 3
	for n := range header + len("ünïcode") {
		if err := new(store.Record).UnmarshalBinary(good[:n]); !errors.Is(err, store.ErrRecord) {
			t.Errorf("the first %d bytes: %v, want ErrRecord", n, err)
		}
	}
	for name, change := range map[string]func(b []byte){
		"another format":     func(b []byte) { b[0]++ },
		"a user of 4 GiB":    func(b []byte) { copy(b[header-4:], "\xff\xff\xff\xff") },
		"a user to past end": func(b []byte) { b[header-1] = byte(len(b)-header) + 1 },
	} {
		b := append([]byte{}, good...)
		change(b)
		if err := new(store.Record).UnmarshalBinary(b); !errors.Is(err, store.ErrRecord) {
			t.Errorf("%s: %v, want ErrRecord", name, err)
		}
	}
}

func TestRecordExpiresAtItsTime(t *testing.T) {
	r := sample()
	if r.Expired(r.Expires.Add(-1)) || !r.Expired(r.Expires) {
		t.Error("a record is there until its time, and not at it")
	}
}

func FuzzRecord(f *testing.F) {
	b, _ := new(store.Record).AppendBinary(nil)
	f.Add(b)
	s := sample()
	b, _ = s.AppendBinary(nil)
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		var r store.Record
		if r.UnmarshalBinary(data) != nil {
			return
		}
		if again, _ := r.AppendBinary(nil); string(again) != string(data) {
			t.Errorf("% x is read, and written as % x", data, again)
		}
	})
}
