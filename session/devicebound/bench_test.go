package devicebound_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
)

// BenchmarkRead measures a request that reads its user: unbound, with the option off, and with the proof that the bound
// cookie is.
func BenchmarkRead(b *testing.B) {
	for name, policy := range map[string]devicebound.Policy{"off": devicebound.Off, "bound": devicebound.Prefer} {
		b.Run(name, func(b *testing.B) {
			m := newManager(b, devicebound.Options{Policy: policy, Grace: -1})
			user := newBrowser(b, m)
			user.send("POST", "/login")
			if policy != devicebound.Off {
				user.register()
			}
			app := m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if session.From(r.Context()).UserID() != "ann" {
					b.Fatal("nobody is logged in")
				}
			}))
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", http.NoBody)
			for name, c := range user.jar {
				r.AddCookie(&http.Cookie{Name: name, Value: c.value})
			}
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				app.ServeHTTP(w, r)
			}
		})
	}
}
