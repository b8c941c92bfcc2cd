package movetest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/proapi-go/proapi/session"
)

// A view is what the application has of a visitor.
type view struct {
	User   string
	Visits int
	Sets   map[string]int
}

// newHandler is the application: a page for each thing that a visitor does, and one that shows what it has of him.
func newHandler(m *session.Manager) http.Handler {
	mux := http.NewServeMux()
	for pattern, do := range map[string]func(s *session.Session, q url.Values){
		"POST /login":  func(s *session.Session, q url.Values) { s.Login(q.Get("user")) },
		"POST /renew":  func(s *session.Session, _ url.Values) { s.Renew() },
		"POST /logout": func(s *session.Session, _ url.Values) { s.Logout() },
		"POST /visit":  visit,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			do(session.From(r.Context()), r.URL.Query())
			w.WriteHeader(http.StatusNoContent)
		})
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(viewOf(session.From(r.Context())))
	})
	return m.Middleware(mux)
}

// visit raises the visitor's counter, and sets a value of a request's own.
func visit(s *session.Session, q url.Values) {
	value, _ := strconv.Atoi(q.Get("value"))
	_ = session.Modify(s, "visits", func(n int) int { return n + 1 }) // an error fails the request on its own
	s.Set("set "+q.Get("key"), value)
}

func viewOf(s *session.Session) view {
	v := view{User: s.UserID(), Sets: map[string]int{}}
	for key, value := range s.All() {
		n, _ := value.(int)
		if name, ok := strings.CutPrefix(key, "set "); ok {
			v.Sets[name] = n
		} else if key == "visits" {
			v.Visits = n
		}
	}
	return v
}
