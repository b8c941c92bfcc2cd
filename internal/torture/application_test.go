package torture_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/proapi-go/proapi/internal/torture/history"
	"github.com/proapi-go/proapi/session"
)

const secret = "a secret of thirty-two bytes or more"

// The keys under which the application keeps what it knows.
const (
	markKey  = "mark" // which session it is
	countKey = "count"
)

func slotKey(slot int) string { return "slot " + strconv.Itoa(slot) }

// loadedHeader says, beside an error, that the handler had its session: only then can the request have had an effect.
const loadedHeader = "Had-Session"

// optionsFor returns the options of the application's sessions.
func optionsFor(o session.Options) session.Options {
	o.SecretKey = secret
	o.OnError = func(w http.ResponseWriter, r *http.Request, status int, _ error) {
		if *r.Context().Value(loadedKey{}).(*bool) {
			w.Header().Set(loadedHeader, "yes")
		}
		http.Error(w, http.StatusText(status), status)
	}
	return o
}

type loadedKey struct{}

// application is what the clients talk to: each path is a kind of request.
func application(m *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		revoke(w, r, func(ctx context.Context) error {
			_, err := m.RevokeUser(ctx, r.FormValue("user"))
			return err
		})
	})
	mux.HandleFunc("POST /revoke-all", func(w http.ResponseWriter, r *http.Request) { revoke(w, r, m.RevokeAll) })
	for kind := range history.Revoke {
		mux.HandleFunc("POST /"+kind.String(), func(w http.ResponseWriter, r *http.Request) { serve(w, r, kind) })
	}
	sessions := m.Middleware(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), loadedKey{}, new(bool)))
		sessions.ServeHTTP(w, r)
	})
}

// serve answers a request with what it found in the session before it changed it.
func serve(w http.ResponseWriter, r *http.Request, kind history.Kind) {
	s := session.From(r.Context())
	if s.Err() != nil {
		return // answered 503
	}
	*r.Context().Value(loadedKey{}).(*bool) = true
	if kind == history.Begin {
		s.Set(markKey, r.FormValue("mark"))
		s.Login(r.FormValue("user"))
		_ = json.NewEncoder(w).Encode(history.Content{User: r.FormValue("user")})
		return
	}
	if s.Get(markKey) == nil {
		w.WriteHeader(http.StatusGone)
		return
	}
	saw := contentOf(s)
	change(s, r, kind)
	_ = json.NewEncoder(w).Encode(saw)
}

func contentOf(s *session.Session) history.Content {
	c := history.Content{User: s.UserID(), Count: s.Get(countKey, 0).(int)}
	for slot := range c.Values {
		c.Values[slot] = s.Get(slotKey(slot), 0).(int)
	}
	return c
}

func change(s *session.Session, r *http.Request, kind history.Kind) {
	slot, _ := strconv.Atoi(r.FormValue("slot"))
	value, _ := strconv.Atoi(r.FormValue("value"))
	switch kind {
	case history.Set:
		s.Set(slotKey(slot), value)
	case history.Delete:
		s.Pop(slotKey(slot))
	case history.Count:
		_ = session.Modify(s, countKey, func(n int) int { return n + 1 })
	case history.Renew:
		s.Renew()
	case history.Login:
		s.Login(r.FormValue("user"))
	case history.Logout:
		s.Logout()
	case history.Clear:
		s.Clear()
		s.Set(markKey, r.FormValue("mark")) // of another session
	case history.Begin, history.Look, history.Revoke, history.RevokeAll:
	}
}

func revoke(w http.ResponseWriter, r *http.Request, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	*r.Context().Value(loadedKey{}).(*bool) = true
	if err := do(ctx); errors.Is(err, session.ErrUnavailable) {
		w.Header().Set(loadedHeader, "yes")
		w.WriteHeader(http.StatusServiceUnavailable)
	} else if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
