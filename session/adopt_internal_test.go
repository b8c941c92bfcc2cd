package session

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// TestAdoptionOutlivesTheSecond has a request that is handed on in one second and answered in the next.
func TestAdoptionOutlivesTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := New(Options{SecretKey: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = m.Close() }()
		a := newAdoption("old", "a credential")
		a.take = func(s *Session) { s.Login("ada") }
		<-time.After(time.Second - time.Millisecond)
		r := a.sign(m, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		<-time.After(2 * time.Millisecond)

		rec := httptest.NewRecorder()
		m.Middleware(adopting(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, From(r.Context()).UserID())
		}))).ServeHTTP(rec, r)
		if rec.Body.String() != "ada" || len(rec.Result().Cookies()) != 1 {
			t.Errorf("the visitor is %q and gets %d cookies, want ada and one", rec.Body, len(rec.Result().Cookies()))
		}
	})
}
