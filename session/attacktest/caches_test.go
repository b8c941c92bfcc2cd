package attacktest_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

// A sharedCache is one between the clients and a site, that keeps whatever it may by RFC 9111: what says nothing of caching as
// well, and what is 304, 206 or HEAD.
type sharedCache struct {
	next http.Handler

	mu   sync.Mutex
	kept map[string][]keptAnswer // by method and URL
}

type keptAnswer struct {
	asked http.Header
	code  int
	head  http.Header
	body  string
}

func (c *sharedCache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.Method + " " + r.URL.Path + " " + r.Header.Get("Range") + r.Header.Get("If-None-Match")
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.kept[name] {
		if k.answers(r) {
			maps.Copy(w.Header(), k.head)
			w.Header().Set("Age", "1")
			w.WriteHeader(k.code)
			_, _ = io.WriteString(w, k.body)
			return
		}
	}
	rec := httptest.NewRecorder()
	c.next.ServeHTTP(rec, r)
	control := strings.ToLower(strings.Join(rec.Result().Header["Cache-Control"], ","))
	if r.Method != http.MethodPost && !strings.Contains(control, "no-store") && !strings.Contains(control, "private") {
		c.kept[name] = append(c.kept[name], keptAnswer{r.Header.Clone(), rec.Code, rec.Result().Header, rec.Body.String()})
	}
	maps.Copy(w.Header(), rec.Result().Header)
	w.WriteHeader(rec.Code)
	_, _ = io.WriteString(w, rec.Body.String())
}

// answers reports whether a kept answer is one to the request: whether that has the headers by which it varies.
func (k *keptAnswer) answers(r *http.Request) bool {
	for _, line := range k.head["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.Join(k.asked.Values(name), ",") != strings.Join(r.Header.Values(name), ",") {
				return false
			}
		}
	}
	return true
}

// The attacker asks the cache for a page that a victim has had, whatever the application's author thought of when he set
// its headers. He gets neither the victim's cookie nor the victim's page; and what he puts into the cache, nobody is given.
func TestCacheGivesNobodyAnothersCookieOrPage(t *testing.T) {
	pages := map[string]func(w http.ResponseWriter, r *http.Request, s *session.Session){
		"plain": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = fmt.Fprint(w, "for ", s.UserID())
		},
		"public": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			w.Header().Set("Cache-Control", "public, max-age=60, s-maxage=600")
			_, _ = fmt.Fprint(w, "for ", s.UserID())
		},
		"has": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = fmt.Fprint(w, "for ", s.Has("cart"), s.Len(), s.IsNew())
		},
		"flash": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = fmt.Fprint(w, "for ", s.Flashes())
		},
		"not modified": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			w.Header().Set("Etag", `"`+s.UserID()+`"`)
			w.WriteHeader(http.StatusNotModified)
		},
		"part": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("for "+s.UserID()))
		},
		"stream": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			user := s.UserID()
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "for "+user)
		},
		"counts": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			_ = session.Modify(s, "n", func(n int) int { return n + 1 })
			_, _ = fmt.Fprint(w, "for ", s.UserID(), s.Get("n"))
		},
		"static": func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			_, _ = io.WriteString(w, "the same for everybody")
		},
	}
	for name, page := range pages {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(name+" "+method, func(t *testing.T) {
				m, err := session.New(session.Options{Store: newMemory(t, memstore.Options{}), TokenHeader: "X-Token", SecretKey: "7a0f3c95e1d24b68a5c7f90b3e6d1824"})
				if err != nil {
					t.Fatal(err)
				}
				app := m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s := session.From(r.Context())
					if r.Method == http.MethodPost {
						s.Login("ann")
						return
					}
					page(w, r, s)
				}))
				cache := httptest.NewServer(&sharedCache{next: app, kept: map[string][]keptAnswer{}})
				t.Cleanup(cache.Close)
				ask := func(method string, header ...string) answer {
					r, err := http.NewRequestWithContext(t.Context(), method, cache.URL, http.NoBody)
					if err != nil {
						t.Fatal(err)
					}
					for i := 0; i < len(header); i += 2 {
						r.Header.Set(header[i], header[i+1])
					}
					return do(t, r)
				}
				token := ask("POST").Cookies()[0].Value
				given := map[string]bool{token: true}
				for _, who := range [][]string{{}, {"Cookie", "session=" + token}, {"X-Token", token}, {}, {"Cookie", "other=1"}, {"X-Token", ""}, {}} {
					a := ask(method, who...)
					victims := len(who) > 0 && strings.Contains(who[1], token)
					if tag := a.body + a.Header.Get("Etag"); strings.Contains(tag, "ann") && !victims {
						t.Errorf("who comes with %q is given the victim's page", who)
					}
					for _, set := range append(a.Cookies(), &http.Cookie{Value: a.Header.Get("X-Token")}) {
						if set.Value != "" && given[set.Value] && !victims {
							t.Errorf("who comes with %q is given a token that another has", who)
						}
						given[set.Value] = true
					}
					if a.Header.Get("Age") != "" && victims && name != "static" {
						t.Errorf("the victim is given what the cache has kept")
					}
				}
				mine := ask(method, "Cookie", "session="+token)
				if name == "plain" && (mine.Header.Get("Cache-Control") != "no-store" || !strings.Contains(mine.Header.Get("Vary"), "Cookie")) {
					t.Errorf("a user's page has the headers %v", mine.Header)
				}
			})
		}
	}
}
