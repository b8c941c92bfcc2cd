package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/internal/binding"
)

// A door is a guard that lets in whom the test says, and writes down what the engine asks of it. Package devicebound has
// the tests of the one that there is.
type door struct {
	shut  bool
	wrong error
	said  []string
}

func (d *door) Open(site binding.Site) (binding.Guard, error) {
	if len(site.Keys) > 0 && len(site.Keys[0].Secret) != 32 {
		return nil, errors.New("door: no key")
	}
	return d, d.wrong
}

func (d *door) Begin(time.Time) binding.State { return binding.State{binding.Bound, 'x'} }

func (d *door) Check(_ *http.Request, c binding.Claim) string {
	if d.shut && (c.State.Bound() || c.User) {
		return "shut"
	}
	return ""
}

func (d *door) Answer(_ *http.Request, _ http.Header, s binding.State, locator string) {
	switch {
	case len(s) == 0:
		d.said = append(d.said, "over")
	case locator != "":
		d.said = append(d.said, "bound")
	}
}

func (d *door) Handler(next http.Handler, sessions func(*http.Request) binding.Session) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Endpoint") == "" {
			next.ServeHTTP(w, r)
			return
		}
		s := sessions(r)
		kept, _, err := s.State("")
		if err == nil {
			err = s.Update(func(binding.State) (binding.State, error) { return append(kept, 'y'), nil })
		}
		if err != nil {
			s.Refuse(err.Error())
			w.WriteHeader(http.StatusForbidden)
		}
	})
}

func TestGuardDecidesWhoHasTheSession(t *testing.T) {
	d := &door{}
	var events []session.Event
	v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) {
		o.Binding = d
		o.OnEvent = func(_ context.Context, e session.Event) { events = append(events, e) }
	})}
	bound := false
	v.use(func(s *session.Session) { s.Login("7"); s.Set("n", 1) })
	v.use(func(s *session.Session) { bound = s.DeviceBound(); s.Renew() })
	if !bound || strings.Join(d.said, " ") != "bound bound" {
		t.Errorf("bound %t; the guard was asked for %q", bound, d.said)
	}
	d.shut = true
	a := v.with().use(func(s *session.Session) {
		if s.UserID() != "" || s.Has("n") || s.DeviceBound() || s.AuthenticatedAt() != (time.Time{}) {
			t.Error("a request without a proof sees the session")
		}
		s.Set("n", 2)
		s.Renew()
	})
	wantStatus(t, a, http.StatusOK)
	wantNoCookie(t, a)
	if last := events[len(events)-1]; last.Name != session.EventRejected || last.Reason != "shut" || last.User != "7" || last.Session == "" {
		t.Errorf("the last event is %+v", last)
	}
	d.shut = false
	wantSeen(t, v, "n=1 user:7")
}

func TestGuardsEndpointNeedsNoProofAndSetsNoCookie(t *testing.T) {
	d := &door{}
	v := &visitor{m: newManager(t, newMemory(t), func(o *session.Options) { o.Binding = d })}
	ask := func(v *visitor) answer {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
		r.Header.Set("Endpoint", "yes")
		return v.send(r, nil)
	}
	a := ask(&visitor{m: v.m})
	wantStatus(t, a, http.StatusForbidden)
	wantNoCookie(t, a)

	v.use(func(s *session.Session) { s.Login("7") })
	d.shut = true
	a = ask(v.with())
	wantStatus(t, a, http.StatusOK)
	wantNoCookie(t, a)
	old := v.with()
	d.shut = false
	v.use(func(s *session.Session) { s.Renew() })
	wantStatus(t, ask(old), http.StatusForbidden)
}

func TestWrongBindingIsAmongTheErrors(t *testing.T) {
	d := &door{wrong: errors.New("door: jammed")}
	_, err := session.New(session.Options{MaxAge: -1, Binding: d})
	if err == nil || !strings.Contains(err.Error(), "door: jammed") || !strings.Contains(err.Error(), "MaxAge") {
		t.Errorf("the error is %v", err)
	}
}
