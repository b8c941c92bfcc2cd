package devicebound_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
	"github.com/proapi-go/proapi/session/storetest"
)

// atOnce sends a request with the browser's cookies several times at once, and returns the answers by status.
func (b *browser) atOnce(n int, path string, header ...string) map[int]int {
	b.t.Helper()
	answers := make([]*httptest.ResponseRecorder, n)
	var all sync.WaitGroup
	for i := range n {
		r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, path, http.NoBody)
		for name, c := range b.jar {
			r.AddCookie(&http.Cookie{Name: name, Value: c.value})
		}
		for j := 0; j < len(header); j += 2 {
			r.Header.Set(header[j], header[j+1])
		}
		all.Go(func() {
			answers[i] = httptest.NewRecorder()
			b.app.ServeHTTP(answers[i], r)
		})
	}
	all.Wait()
	by := map[int]int{}
	for _, a := range answers {
		by[a.Code]++
	}
	return by
}

// One proof is taken once, however many times it comes at the same moment, and the rest are told what to sign.
func TestProofIsTakenOnceAtTheSameTime(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	proof := sign(t, b.key, map[string]any{"alg": "ES256", "typ": "dbsc+jwt"}, b.challenge)
	by := b.atOnce(20, refreshAt, "Sec-Secure-Session-Id", b.id, "Secure-Session-Response", proof)
	if by[http.StatusOK] != 1 || by[http.StatusForbidden] != 19 {
		t.Errorf("the answers are %v, want one 200 and nineteen 403", by)
	}
	b.send("POST", refreshAt, "Sec-Secure-Session-Id", b.id) // asks what to sign
	wantStatus(t, b.prove(b.challenge), http.StatusOK)
}

// Proofs that wait for a store which hangs are no more than MaxWaiting either.
func TestStoreThatHangsHoldsUpNoMoreThanMaxWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewFaulty(newStore(t))
		b := newBrowser(t, newManager(t, devicebound.Options{}, func(o *session.Options) { o.Store, o.MaxWaiting = store, 5 })).login()
		proof := sign(t, b.key, map[string]any{"alg": "ES256", "typ": "dbsc+jwt"}, b.challenge)
		release := store.Hold(storetest.Save)
		var waiting sync.WaitGroup
		waiting.Go(func() { b.atOnce(5, refreshAt, "Sec-Secure-Session-Id", b.id, "Secure-Session-Response", proof) })
		synctest.Wait()
		began := time.Now()
		by := b.atOnce(20, refreshAt, "Sec-Secure-Session-Id", b.id, "Secure-Session-Response", proof)
		if took := time.Since(began); by[http.StatusServiceUnavailable] != 20 || took > 0 {
			t.Errorf("past the bound the answers are %v after %v, want 503 at once", by, took)
		}
		release()
		waiting.Wait()
		wantStatus(t, b.refresh(), http.StatusOK)
	})
}

// Nor are logins that end the session which the user has lost.
func TestLoginsOverALostSessionThatWaitAreNoMoreThanMaxWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewFaulty(newStore(t))
		b := newBrowser(t, newManager(t, devicebound.Options{}, func(o *session.Options) { o.Store, o.MaxWaiting = store, 5 })).login()
		pass(time.Hour)
		delete(b.jar, boundName)
		release := store.Hold(storetest.Delete)
		var waiting sync.WaitGroup
		waiting.Go(func() { b.atOnce(5, "/login") })
		synctest.Wait()
		began := time.Now()
		by := b.atOnce(20, "/login")
		if took := time.Since(began); by[http.StatusServiceUnavailable] != 20 || took > 0 {
			t.Errorf("past the bound the answers are %v after %v, want 503 at once", by, took)
		}
		release()
		waiting.Wait()
		wantStatus(t, b.send("POST", "/login"), http.StatusOK)
	})
}

// Of two devices that register at the same moment, one is taken.
func TestOneKeyIsRegisteredAtTheSameTime(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{}))
	b.send("POST", "/login")
	proof := sign(t, b.key, newHeader(b.key), b.asks[1])
	by := b.atOnce(20, registerAt, "Secure-Session-Response", proof)
	if by[http.StatusOK] != 1 || by[http.StatusConflict] != 19 {
		t.Errorf("the answers are %v, want one 200 and nineteen 409", by)
	}
}

// A login, a renewal and a logout that come between a refresh's load and its save win, and the browser tries again: where
// the session goes on under another ID, it has the cookie by then.
func TestRefreshThatIsOvertakenIsTriedAgain(t *testing.T) {
	for _, path := range []string{"/login", "/renew", "/logout"} {
		store := &overtaken{Store: newStore(t)}
		b := newBrowser(t, newManager(t, devicebound.Options{}, func(o *session.Options) { o.Store = store })).login()
		faster := b.thief()
		faster.key = b.key
		store.first = func() { faster.send("POST", path) }
		rec := b.prove(b.challenge)
		wantStatus(t, rec, http.StatusServiceUnavailable)
		wantNoCookie(t, rec)
		if path == "/renew" {
			wantStatus(t, faster.prove(faster.challenge), http.StatusOK)
		}
	}
}

// overtaken is a store before whose next save something else happens.
type overtaken struct {
	session.Store

	first func()
}

func (o *overtaken) Save(ctx context.Context, key session.Key, rec session.Record) error {
	if first := o.first; first != nil {
		o.first = nil
		first()
	}
	return o.Store.Save(ctx, key, rec)
}

// Requests that change the session while the browser refreshes keep their changes, and so does the refresh.
func TestRefreshLosesNoUpdateAndNoneLosesIt(t *testing.T) {
	b := newBrowser(t, newManager(t, devicebound.Options{})).login()
	counts := b.thief()
	var all sync.WaitGroup
	all.Go(func() {
		if by := counts.atOnce(30, "/count"); by[http.StatusOK] != 30 {
			t.Errorf("the answers are %v", by)
		}
	})
	for range 10 {
		if rec := b.prove(b.challenge); rec.Code != http.StatusOK {
			t.Errorf("a refresh is answered %d", rec.Code)
		}
	}
	all.Wait()
	wantPage(t, b.visit("/"), "user=ann id=- n=30 bound=true")
	wantStatus(t, b.prove(b.challenge), http.StatusOK)
}
