package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session/sessiontest"
)

func TestVisitorIsToldOfHisLastVisit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, err := proapi.New(proapi.Options{EnableSessions: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = app.Shutdown(t.Context()) }()
		app.Get("/", home)
		v := sessiontest.New(t, app.Sessions())
		lastVisit := func() *time.Time {
			var answer struct {
				LastVisit *time.Time `json:"last_visit"`
			}
			rec := v.Do(app, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
			if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			return answer.LastVisit
		}
		first := time.Now()
		if got := lastVisit(); got != nil {
			t.Errorf("a stranger was here at %v", got)
		}
		<-time.After(time.Minute)
		if got := lastVisit(); got == nil || !got.Equal(first) {
			t.Errorf("the last visit was at %v, want %v", got, first)
		}
	})
}
