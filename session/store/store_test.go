package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func TestDeletedErrorIsANotFoundThatSaysWhen(t *testing.T) {
	err := fmt.Errorf("somestore: load: %w", &store.DeletedError{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	if !errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
		t.Errorf("%v is not the error that it should be", err)
	}
	if !strings.Contains(err.Error(), "2026-01-02T03:04:05Z") {
		t.Errorf("%v does not say when", err)
	}
}

func TestKeyPrintsAsRedacted(t *testing.T) {
	key := store.Key{1, 2, 3}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("message", slog.Any("key", key))
	text, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprintf("%v", key), fmt.Sprintf("%x", key), fmt.Sprintf("%#v", key), key.String(), log.String(), string(text)} {
		if !strings.Contains(got, "[redacted]") || strings.Contains(got, "010203") || strings.Contains(got, "1 2 3") {
			t.Errorf("a key prints as %q", got)
		}
	}
}
