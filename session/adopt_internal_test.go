package session

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// TestAdoptionOutlivesTheSecond has a request that is handed on in one second and answered in the next. Other requests look for
// the session under the same ID.
func TestAdoptionOutlivesTheSecond(t *testing.T) {
	t.Run("by Login", func(t *testing.T) { adoptInTheNextSecond(t, func(s *Session) { s.Login("ada") }) })
	t.Run("by a watched key", func(t *testing.T) { adoptInTheNextSecond(t, func(s *Session) { s.Set("user_id", "ada") }) })
}

func adoptInTheNextSecond(t *testing.T, take func(*Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m, err := New(Options{SecretKey: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = m.Close() }()
		a := newAdoption("old", "a credential")
		a.take = take
		<-time.After(time.Second - time.Millisecond)
		r := a.sign(m, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		<-time.After(2 * time.Millisecond)

		rec := httptest.NewRecorder()
		m.Middleware(adopting(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := From(r.Context())
			_, _ = io.WriteString(w, cmp.Or(s.UserID(), fmt.Sprint(s.Get("user_id"))))
		}))).ServeHTTP(rec, r)
		if rec.Body.String() != "ada" || len(rec.Result().Cookies()) != 1 {
			t.Fatalf("the visitor is %q and gets %d cookies, want ada and one", rec.Body, len(rec.Result().Cookies()))
		}
		if tok, err := m.keys.parseToken(rec.Result().Cookies()[0].Value, m.clock.now(), time.Hour); err != nil || tok.id != a.id {
			t.Errorf("the cookie is another session's, or %v", err)
		}
	})
}
