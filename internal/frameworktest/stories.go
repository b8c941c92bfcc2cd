package frameworktest

import (
	"errors"
	"net/http"

	"github.com/proapi-go/proapi/session/storetest"
)

var errDown = errors.New("the store is down")

// stories are what is promised, each told of an application that was just started.
var stories = []struct {
	name string
	tell func(s *site)
}{
	{"the session survives from login to logout", survives},
	{"a login renews the cookie", renews},
	{"the old cookie is dead after logout", endsForGood},
	{"the client gets 503 while the store cannot load", isTold},
	{"a login that cannot be stored is not reported", isToldOfSave},
	{"a panic stores nothing", panicStoresNothing},
	{"an error stores nothing", errorStoresNothing},
	{"a refusal stores", refusalStores},
	{"pages that are not there ask no store", missingPages},
	{"events are stored before, and come one by one", events},
	{"no stream begins that is not stored", noStream},
	{"an upgrade is stored before, and has the session", upgrades},
	{"no upgrade happens that is not stored", noUpgrade},
}

func survives(s *site) {
	v := s.visitor()
	v.wants(v.get("/profile"), http.StatusUnauthorized, "")
	v.wants(v.login("wrong"), http.StatusUnauthorized, "")
	v.wants(v.get("/profile"), http.StatusUnauthorized, "")
	v.wants(v.login("enchantress"), http.StatusOK, "")
	v.wants(v.get("/profile"), http.StatusOK, "ada, visit 1")
	v.wants(v.get("/profile"), http.StatusOK, "ada, visit 2")
	v.wants(v.send(http.MethodPost, "/logout", ""), http.StatusOK, "")
	v.wants(v.get("/profile"), http.StatusUnauthorized, "")
}

func renews(s *site) {
	v := s.visitor()
	v.wants(v.get("/profile"), http.StatusUnauthorized, "")
	before := v.token()
	v.wants(v.login("enchantress"), http.StatusOK, "")
	if before == "" || v.token() == before {
		s.t.Error("a first visit got no cookie, or the login kept it")
	}
}

func endsForGood(s *site) {
	v := s.user()
	thief := v.copy()
	v.wants(v.send(http.MethodPost, "/logout", ""), http.StatusOK, "")
	if v.token() != "" {
		s.t.Error("the browser still has the cookie after a logout")
	}
	thief.wants(thief.get("/profile"), http.StatusUnauthorized, "")
}

func isTold(s *site) {
	v := s.user()
	s.store.Fail(storetest.Load, errDown)
	v.isRefused(v.get("/profile"))
	s.store.Heal()
	v.wants(v.get("/profile"), http.StatusOK, "ada, visit 1")
}

func isToldOfSave(s *site) {
	v := s.visitor()
	s.store.Fail(storetest.Save, errDown)
	v.isRefused(v.login("enchantress"))
	s.store.Heal()
	v.wants(v.get("/profile"), http.StatusUnauthorized, "")
}

func panicStoresNothing(s *site) {
	v := s.user()
	resp, err := v.open(http.MethodGet, "/panic", "")
	switch {
	case err == nil:
		_ = resp.Body.Close()
		if s.app.NoRecover || resp.StatusCode != http.StatusInternalServerError {
			s.t.Errorf("a panic is answered %d", resp.StatusCode)
		}
	case !s.app.NoRecover:
		s.t.Error(err)
	}
	storesNothing(v, "panicked")
}

func errorStoresNothing(s *site) {
	v := s.user()
	v.wants(v.get("/broken"), http.StatusInternalServerError, "")
	storesNothing(v, "broken")
}

func storesNothing(v *visitor, key string) {
	v.t.Helper()
	if got := v.stored(key); got != nil {
		v.t.Errorf("%s is stored as %v", key, got)
	}
	v.wants(v.get("/profile"), http.StatusOK, "ada, visit 1")
}

func refusalStores(s *site) {
	v := s.user()
	v.wants(v.get("/teapot"), http.StatusTeapot, "")
	if got := v.stored("teapot"); got != true {
		s.t.Errorf("teapot is stored as %v, want true", got)
	}
}

func missingPages(s *site) {
	v := s.user()
	loads := s.store.Calls(storetest.Load)
	v.wants(v.get("/nowhere"), http.StatusNotFound, "")
	v.wants(v.send(http.MethodPost, "/profile", ""), http.StatusMethodNotAllowed, "")
	if got := s.store.Calls(storetest.Load); got != loads {
		s.t.Errorf("the store was asked %d times", got-loads)
	}
	v.wants(v.get("/profile"), http.StatusOK, "ada, visit 1")
}
