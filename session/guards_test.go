package session_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/storetest"
)

// down returns a visitor who is denied something, and whose store is down.
func down(t *testing.T, change ...func(*session.Options)) (*visitor, *storetest.Faulty) {
	t.Helper()
	store := storetest.NewFaulty(newMemory(t))
	v := &visitor{m: newManager(t, store, change...)}
	v.use(func(s *session.Session) { s.Login("7"); s.Set("denied", true) })
	store.Fail(storetest.AnyOp, errStore)
	return v, store
}

func TestStoreThatIsDownIsA503WhateverTheHandlerSays(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusFound, http.StatusNotFound, http.StatusInternalServerError} {
		v, store := down(t)
		a := v.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			if s.Get("denied", false) != false || s.Has("denied") || s.Len() != 0 || s.UserID() != "" {
				t.Error("a session that could not be loaded holds something")
			}
			w.WriteHeader(status)
		})
		wantStatus(t, a, http.StatusServiceUnavailable)
		wantNoCookie(t, a)
		store.Heal()
		wantSeen(t, v, "denied=true user:7")
	}
}

func TestGuardsKeepTheSideEffectFromHappening(t *testing.T) {
	deleted := false
	guards := map[string]func(w http.ResponseWriter, r *http.Request, s *session.Session){
		"Value": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			denied, err := session.Value[bool](s, "denied")
			if !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, errStore) {
				t.Errorf("Value returns the error %v, want the store's", err)
			}
			deleted = deleted || err == nil && !denied
		},
		"Err": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			deleted = deleted || s.Err() == nil && !s.Has("denied")
		},
		"RequireUser": func(w http.ResponseWriter, r *http.Request, _ *session.Session) {
			session.RequireUser(nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				deleted = true
			})).ServeHTTP(w, r)
		},
		"context": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			if !s.Has("denied") {
				deleted = deleted || r.Context().Err() == nil // as a database call would ask
			}
			if cause := context.Cause(r.Context()); !errors.Is(cause, session.ErrUnavailable) {
				t.Errorf("the context ended with the cause %v", cause)
			}
		},
	}
	for name, guard := range guards {
		t.Run(name, func(t *testing.T) {
			v, store := down(t)
			deleted = false
			a := v.visit(guard)
			wantStatus(t, a, http.StatusServiceUnavailable)
			if deleted {
				t.Error("the side effect happened")
			}
			store.Heal()
			if name != "RequireUser" {
				return
			}
			v.visit(guard)
			if !deleted {
				t.Error("the guard keeps everyone out")
			}
		})
	}
}

func TestRequireUserKeepsStrangersOut(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("account")) })
	through := func(deny http.Handler) func(http.ResponseWriter, *http.Request, *session.Session) {
		return func(w http.ResponseWriter, r *http.Request, _ *session.Session) {
			session.RequireUser(deny)(page).ServeHTTP(w, r)
		}
	}
	wantStatus(t, v.visit(through(nil)), http.StatusUnauthorized)
	wantStatus(t, v.visit(through(http.RedirectHandler("/login", http.StatusFound))), http.StatusFound)
	v.use(func(s *session.Session) { s.Login("7") })
	wantStatus(t, v.visit(through(nil)), http.StatusOK)
}

func TestStoreThatHangsIsA503InBoundedTime(t *testing.T) {
	for _, op := range []storetest.Op{storetest.Load, storetest.Save} {
		later(t, func(t *testing.T) {
			store := storetest.NewFaulty(newMemory(t))
			v := &visitor{m: newManager(t, store, func(o *session.Options) { o.StoreTimeout = 2 * time.Second })}
			v.use(func(s *session.Session) { s.Set("n", 1) })
			release := store.Hold(op)
			defer release()
			begun := time.Now()
			a := v.use(func(s *session.Session) { s.Set("n", 2) })
			wantStatus(t, a, http.StatusServiceUnavailable)
			if took := time.Since(begun); took != 2*time.Second {
				t.Errorf("it took %s, want the 2 s of StoreTimeout", took)
			}
		})
	}
}

func TestValueThatCannotBeStoredFailsTheRequest(t *testing.T) {
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("n", 1) })
	loop := map[string]any{}
	loop["self"] = loop
	for name, use := range map[string]func(s *session.Session){
		`"stream"`: func(s *session.Session) { s.Set("n", 2); s.Set("stream", make(chan int)) },
		`"loop"`:   func(s *session.Session) { s.Update(map[string]any{"n": 2, "loop": loop}) },
		`"blob"`:   func(s *session.Session) { s.Set("n", 2); s.Set("blob", make([]byte, 65<<10)) },
		`"text"`:   func(s *session.Session) { s.Set("n", 2); s.Set("text", "\xff") },
		`""`:       func(s *session.Session) { s.Set("n", 2); s.Set("", 1) },
		`"\x00n"`:  func(s *session.Session) { s.Set("n", 2); s.Set("\x00n", 1) },
	} {
		var err error
		a := v.use(func(s *session.Session) { use(s); err = s.Err() })
		wantStatus(t, a, http.StatusInternalServerError)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error %v does not name %s", err, name)
		}
		wantSeen(t, v, "n=1")
	}
}

func TestSessionWithoutMiddlewareSaysHowToEnableIt(t *testing.T) {
	s := session.From(t.Context())
	s.Set("n", 1)
	s.Login("7")
	s.Clear()
	s.AddFlash("x")
	if s.Get("n", 5) != 5 || s.Has("n") || s.Pop("n") != nil || s.Len() != 0 || s.Flashes() != nil || !s.ID().IsZero() {
		t.Error("a session that is not enabled holds something")
	}
	_, err := session.Value[int](s, "n")
	for _, err := range []error{err, s.Err(), session.Modify(s, "n", func(n int) int { return n })} {
		if !errors.Is(err, session.ErrDisabled) || !strings.Contains(err.Error(), "EnableSessions") {
			t.Errorf("the error is %v, want one that says how to enable sessions", err)
		}
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	logger := func(o *session.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	v, store := down(t, logger)
	v.use(func(s *session.Session) { s.Get("denied") })
	store.Heal()
	v.use(func(s *session.Session) {
		s.Get("n")
		v.with().use((*session.Session).Logout)
		s.Set("n", "top secret")
	})
	(&visitor{m: v.m, token: v.token + "x"}).use(func(*session.Session) {})
	(&visitor{m: v.m, token: "\r\n\x1b[31m"}).use(func(*session.Session) {})
	v.visit(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Set("bad", make(chan int))
		_, _ = w.Write([]byte("x"))
		s.Set("late", "top secret")
		s.Login("user-4711")
	})
	text := log.String()
	for _, want := range []string{"store unavailable", "ended before", "session_rejected", "after the response began", "request fails"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not speak of %q", want)
		}
	}
	for _, secret := range []string{v.token[:20], "top secret", "user-4711", secret, "\x1b"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestStoreThatIsDownDeniesNobody(t *testing.T) {
	v, _ := down(t)
	a := v.visit(func(w http.ResponseWriter, r *http.Request, _ *session.Session) {
		session.RequireUser(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Error("a user whose session cannot be loaded was taken for a stranger")
		}))(http.NotFoundHandler()).ServeHTTP(w, r)
	})
	wantStatus(t, a, http.StatusServiceUnavailable)
}
