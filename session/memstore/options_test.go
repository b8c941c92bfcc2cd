package memstore_test

import (
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func TestNewNamesEveryWrongOption(t *testing.T) {
	s, err := memstore.New(memstore.Options{MaxSessions: -1, MaxBytes: -2, SweepInterval: -time.Second})
	if s != nil || err == nil {
		t.Fatalf("New returned %v, %v", s, err)
	}
	for _, want := range []string{
		"memstore: MaxSessions is -1: give a value above 0, or 0 for the default, 1000000",
		"memstore: MaxBytes is -2: give a value above 0, or 0 for the default, 1073741824",
		"memstore: SweepInterval is -1s: give a value above 0, or 0 for the default, 1m0s",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %q", want, err)
		}
	}
}

func TestNewRefusesMoreSessionsThanItCanCount(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("an int cannot say so many")
	}
	most := 1
	for range 32 {
		most *= 2
	}
	newStore(t, memstore.Options{MaxSessions: most})
	if _, err := memstore.New(memstore.Options{MaxSessions: most + 1}); err == nil {
		t.Error("New returned no error")
	}
}

func TestOpenReadsTheBackendsOptions(t *testing.T) {
	opened, err := memstore.Open(store.BackendOptions{
		"max_sessions": "2", "max_bytes": 300, "sweep_interval": "10m",
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*memstore.Store)
	defer func() { _ = s.Close() }()
	save(t, s, keyOf(1), newRecord(0))
	if err := s.Save(t.Context(), keyOf(2), newRecord(200)); err == nil || !strings.Contains(err.Error(),
		"1 of at most 2 records and tombstones, 112 of at most 300 bytes") {
		t.Errorf("Save returned %v, want what bounds there are", err)
	}
}

func TestOpenNamesEveryWrongOption(t *testing.T) {
	_, err := memstore.Open(store.BackendOptions{"max_sessions": "many", "sweep": "1m"}, nil)
	for _, want := range []string{"memstore: ", `"max_sessions"`, `"sweep" is unknown`, "max_bytes, max_sessions, sweep_interval"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in %v", want, err)
		}
	}
}
