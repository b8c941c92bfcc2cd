package devicebound_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
)

const (
	secret     = "9d1f6c04b7e35a82c6f0d94e1b7a3058e2c5f7136a9b0d48"
	boundName  = "__Host-session-bound"
	registerAt = "/session/device/register"
	refreshAt  = "/session/device/refresh"
)

// newManager returns a Manager that binds sessions.
func newManager(tb testing.TB, o devicebound.Options, change ...func(*session.Options)) *session.Manager {
	tb.Helper()
	options := session.Options{
		SecretKey: secret, Secure: session.On, Binding: devicebound.New(o), MaxAge: 24 * time.Hour,
		StoreTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&options)
	}
	if options.Store == nil && options.Backend == "" {
		options.Store = newStore(tb)
	}
	m, err := session.New(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = m.Close() })
	return m
}

// newApp returns an application whose every answer says who is logged in.
func newApp(m *session.Manager) http.Handler {
	return m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		switch r.URL.Path {
		case "/login":
			s.Login(cmp.Or(r.URL.Query().Get("user"), "ann"))
		case "/guide": // logs in as who never calls Login does
			s.Set("user_id", 1)
		case "/count":
			_ = session.Modify(s, "n", func(n int) int { return n + 1 })
		case "/renew":
			s.Renew()
		case "/logout":
			s.Logout()
		case "/clear":
			s.Clear()
		}
		_, _ = fmt.Fprintf(w, "user=%s id=%v n=%v bound=%t", s.UserID(), s.Get("user_id", "-"), s.Get("n", 0), s.DeviceBound())
	}))
}

// A browser does what Chromium does, step by step. Its cookies end when they should.
type browser struct {
	t    testing.TB
	app  http.Handler
	jar  map[string]cookie
	key  *ecdsa.PrivateKey // of the device
	asks [2]string         // the path and challenge with which the server asked it to register

	id, challenge string // of what it registered
}

type cookie struct {
	value string
	until time.Time
}

func newBrowser(tb testing.TB, m *session.Manager) *browser {
	tb.Helper()
	return &browser{t: tb, app: newApp(m), jar: map[string]cookie{}, key: newKey(tb)}
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// thief returns a browser with this one's cookies, and another device.
func (b *browser) thief() *browser {
	return &browser{t: b.t, app: b.app, jar: maps.Clone(b.jar), key: newKey(b.t), id: b.id, challenge: b.challenge}
}

var (
	registration = regexp.MustCompile(`^\(ES256\);path="([^"]+)";challenge="([^"]+)"$`)
	challenged   = regexp.MustCompile(`^"([^"]+)";id="([^"]+)"$`)
)

// send sends a request as it is, and keeps what the answer sets. The header's pairs are names and values.
func (b *browser) send(method, path string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, http.NoBody)
	for name, c := range b.jar {
		if time.Now().Before(c.until) {
			r.AddCookie(&http.Cookie{Name: name, Value: c.value})
		}
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	b.app.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		b.jar[c.Name] = cookie{c.Value, time.Now().Add(time.Duration(c.MaxAge) * time.Second)}
	}
	if m := registration.FindStringSubmatch(rec.Header().Get("Secure-Session-Registration")); m != nil {
		b.asks = [2]string{m[1], m[2]}
	}
	if m := challenged.FindStringSubmatch(rec.Header().Get("Secure-Session-Challenge")); m != nil {
		b.challenge, b.id = m[1], m[2]
	}
	return rec
}

// proves reports whether the browser has a bound cookie that has not ended.
func (b *browser) proves() bool {
	c := b.jar[boundName]
	return c.value != "" && time.Now().Before(c.until)
}

// visit asks for a page as a browser does: where it has registered and its cookie has ended, it refreshes first.
func (b *browser) visit(path string) string {
	b.t.Helper()
	if b.id != "" && !b.proves() {
		b.refresh()
	}
	return b.send("GET", path).Body.String()
}

// login logs in and registers.
func (b *browser) login() *browser {
	b.t.Helper()
	b.send("POST", "/login")
	if rec := b.register(); rec.Code != http.StatusOK {
		b.t.Fatalf("the registration is answered %d %s", rec.Code, rec.Body)
	}
	return b
}

func (b *browser) register() *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send("POST", b.asks[0], "Secure-Session-Response", sign(b.t, b.key, newHeader(b.key), b.asks[1]))
}

// refresh proves that this is the device. Where the server asks for another challenge to be signed, it does that, once.
func (b *browser) refresh() *httptest.ResponseRecorder {
	b.t.Helper()
	rec := b.prove(b.challenge)
	if rec.Code == http.StatusForbidden {
		rec = b.prove(b.challenge)
	}
	var said struct {
		Continue *bool `json:"continue"`
	}
	if json.Unmarshal(rec.Body.Bytes(), &said) == nil && said.Continue != nil && !*said.Continue || rec.Code == http.StatusUnauthorized {
		b.id, b.challenge = "", "" // it forgets the binding
	}
	return rec
}

// prove sends the proof of one challenge.
func (b *browser) prove(challenge string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send("POST", refreshAt, "Sec-Secure-Session-Id", b.id,
		"Secure-Session-Response", sign(b.t, b.key, map[string]any{"alg": "ES256", "typ": "dbsc+jwt"}, challenge))
}

// newHeader returns the header of a proof that names its key.
func newHeader(key *ecdsa.PrivateKey) map[string]any {
	point, _ := key.PublicKey.Bytes()
	return map[string]any{"alg": "ES256", "typ": "dbsc+jwt", "jwk": map[string]any{
		"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:]),
	}}
}

// sign returns a proof with the header, signed as ES256 is whatever the header says.
func sign(tb testing.TB, key *ecdsa.PrivateKey, header map[string]any, challenge string) string {
	tb.Helper()
	h, _ := json.Marshal(header)
	p, _ := json.Marshal(map[string]any{"jti": challenge})
	return signText(tb, key, b64(h)+"."+b64(p))
}

func signText(tb testing.TB, key *ecdsa.PrivateKey, text string) string {
	tb.Helper()
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		tb.Fatal(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + b64(signature[:])
}

func decode(into []byte, text string) (int, error) {
	return base64.RawURLEncoding.Decode(into, []byte(text))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// pass lets time pass, in a bubble of testing/synctest.
func pass(d time.Duration) { <-time.After(d) }

func wantPage(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
}

func wantStatus(t *testing.T, rec *httptest.ResponseRecorder, want int) {
	t.Helper()
	if rec.Code != want {
		t.Errorf("the answer is %d %s, want %d", rec.Code, rec.Body, want)
	}
}

func wantNoCookie(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	if set := rec.Header()["Set-Cookie"]; len(set) > 0 {
		t.Errorf("the answer sets %d cookies", len(set))
	}
}
