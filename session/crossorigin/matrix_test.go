package crossorigin_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/crossorigin"
)

const trusted = "https://app.example.net"

func newProtection(t *testing.T, options crossorigin.Options) *crossorigin.Protection {
	t.Helper()
	p, err := crossorigin.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// request returns a request to https://example.com/path with a header of pairs.
func request(method, path string, header ...string) *http.Request {
	r := httptest.NewRequest(method, "https://example.com"+path, http.NoBody) //nolint:noctx // nothing waits
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

var upgrade = []string{"Connection", "keep-alive, Upgrade", "Upgrade", "websocket"}

// senders are the headers by which a request tells where it comes from, and what is made of them.
var senders = []struct {
	name   string
	header []string
	why    string // "" passes
}{
	{"own page", []string{"Sec-Fetch-Site", "same-origin"}, ""},
	{"address bar", []string{"Sec-Fetch-Site", "none"}, ""},
	{"own page, proxy has changed Host", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://public.example"}, ""},
	{"other site", []string{"Sec-Fetch-Site", "cross-site"}, "Sec-Fetch-Site is cross-site"},
	{"sibling host", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.example.com"}, "Sec-Fetch-Site is same-site"},
	{"other site that says it is us", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://example.com"}, "Sec-Fetch-Site is cross-site"},
	{"unknown word", []string{"Sec-Fetch-Site", "<b>friendly"}, "Sec-Fetch-Site is neither"},
	{"old browser, own page", []string{"Origin", "https://example.com"}, ""},
	{"old browser, own page without TLS", []string{"Origin", "http://example.com"}, ""},
	{"old browser, other site", []string{"Origin", "https://evil.example"}, "Origin does not name"},
	{"old browser, other port", []string{"Origin", "https://example.com:8443"}, "Origin does not name"},
	{"old browser, host begins like ours", []string{"Origin", "https://example.com.evil.example"}, "Origin does not name"},
	{"old browser, no origin", []string{"Origin", "null"}, "Origin does not name"},
	{"old browser, no URL", []string{"Origin", "%zz<script>"}, "Origin does not name"},
	{"trusted site", []string{"Sec-Fetch-Site", "cross-site", "Origin", trusted}, ""},
	{"trusted site, old browser", []string{"Origin", trusted}, ""},
	{"trusted site without TLS", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://app.example.net"}, "Sec-Fetch-Site is cross-site"},
	{"program", nil, ""},
}

// methods are the kinds of requests.
var methods = []struct {
	method string
	header []string
	what   string // "" always passes
}{
	{"GET", nil, ""},
	{"HEAD", nil, ""},
	{"OPTIONS", nil, ""},
	{"GET", []string{"Upgrade", "h2c", "Connection", "Upgrade"}, ""},
	{"GET", upgrade, "WebSocket upgrade"},
	{"GET", []string{"Upgrade", "h2c", "Upgrade", "foo, WebSocket/13"}, "WebSocket upgrade"},
	{"CONNECT", []string{":protocol", "websocket"}, "WebSocket upgrade"},
	{"CONNECT", nil, "CONNECT request"},
	{"POST", nil, "POST request"},
	{"POST", []string{"Content-Type", "text/plain"}, "POST request"},
	{"PUT", nil, "PUT request"},
	{"PATCH", nil, "PATCH request"},
	{"DELETE", nil, "DELETE request"},
	{"TRACE", nil, "TRACE request"},
	{"PROPFIND", nil, "request"},
	{"post", nil, "request"},
}

func TestEveryMethodFromEverySender(t *testing.T) {
	p := newProtection(t, crossorigin.Options{TrustedOrigins: []string{trusted}})
	for _, m := range methods {
		for _, s := range senders {
			r := request("GET", "/path", append(m.header, s.header...)...)
			r.Method = m.method
			if protocol := r.Header.Get(":protocol"); protocol != "" && r.Header[":protocol"] == nil {
				t.Fatal("the header has another key than net/http gives it")
			}
			err := p.Check(r)
			if m.what == "" || s.why == "" {
				if err != nil {
					t.Errorf("%s %v, %s: %v", m.method, m.header, s.name, err)
				}
				continue
			}
			refused, ok := errors.AsType[*crossorigin.RefusedError](err)
			if !ok || refused.What != m.what || !strings.Contains(refused.Why, s.why) {
				t.Errorf("%s %v, %s: got %v, want %q and %q", m.method, m.header, s.name, err, m.what, s.why)
			}
		}
	}
}

func TestZeroProtectionTrustsNobody(t *testing.T) {
	var p crossorigin.Protection
	if p.Check(request("POST", "/", "Sec-Fetch-Site", "cross-site", "Origin", trusted)) == nil {
		t.Error("another site's POST passes")
	}
	if err := p.Check(request("POST", "/", "Sec-Fetch-Site", "same-origin")); err != nil {
		t.Error(err)
	}
}

func TestStrictRefusesWhatDoesNotSayWhereItComesFrom(t *testing.T) {
	p := newProtection(t, crossorigin.Options{Strict: true, Bypass: []string{"POST /hook"}})
	for name, test := range map[string]struct {
		request *http.Request
		passes  bool
	}{
		"a program's POST":                 {request("POST", "/"), false},
		"a program's WebSocket":            {request("GET", "/", upgrade...), false},
		"a program's GET":                  {request("GET", "/"), true},
		"a program's HEAD":                 {request("HEAD", "/"), true},
		"a program's OPTIONS":              {request("OPTIONS", "/"), true},
		"a program's POST to a bypass":     {request("POST", "/hook"), true},
		"an own page's POST":               {request("POST", "/", "Sec-Fetch-Site", "same-origin"), true},
		"an own page's POST, old browser":  {request("POST", "/", "Origin", "https://example.com"), true},
		"another site's POST":              {request("POST", "/", "Sec-Fetch-Site", "cross-site"), false},
		"an own page's WebSocket":          {request("GET", "/", append(upgrade, "Origin", "https://example.com")...), true},
		"another site's POST, old browser": {request("POST", "/", "Origin", "https://evil.example"), false},
	} {
		if err := p.Check(test.request); (err == nil) != test.passes {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := p.Check(request("POST", "/"))
	if refused, ok := errors.AsType[*crossorigin.RefusedError](err); !ok || !strings.Contains(refused.Why, "neither of the headers") {
		t.Errorf("got %v", err)
	}
}

func TestBypassLetsItsRequestsPassAndNoOthers(t *testing.T) {
	p := newProtection(t, crossorigin.Options{Bypass: []string{"POST /hooks/{name}", "/open/", "GET /live", "api.example.com/v1"}})
	from := []string{"Sec-Fetch-Site", "cross-site"}
	for name, test := range map[string]struct {
		method, path string
		header       []string
		passes       bool
	}{
		"its route":                       {"POST", "/hooks/pay", nil, true},
		"another method":                  {"PUT", "/hooks/pay", nil, false},
		"another path":                    {"POST", "/hooks", nil, false},
		"a longer path":                   {"POST", "/hooks/pay/all", nil, false},
		"any method below a path":         {"DELETE", "/open/a/b", nil, true},
		"what would be redirected there":  {"POST", "/open", nil, false},
		"what would be cleaned to it":     {"POST", "/x/../open/a", nil, false},
		"another host":                    {"POST", "/v1", nil, false},
		"a WebSocket by its method":       {"GET", "/live", upgrade, true},
		"a WebSocket on a POST's pattern": {"GET", "/hooks/pay", upgrade, false},
		"a WebSocket elsewhere":           {"GET", "/other", upgrade, false},
	} {
		if err := p.Check(request(test.method, test.path, append(test.header, from...)...)); (err == nil) != test.passes {
			t.Errorf("%s: %s %s: %v", name, test.method, test.path, err)
		}
	}
}
