package bench

import (
	"net/http"
	"path/filepath"

	"github.com/proapi-go/proapi/session"
)

// openProAPI is `session` with its defaults, but room for more sessions than one test has.
func openProAPI(string) (Site, error) {
	return newProAPI(session.Options{
		BackendOptions: session.BackendOptions{"max_sessions": 100_000_000, "max_bytes": 64 << 30},
	})
}

// openProAPIEncrypted is the same with its values encrypted, as those are that leave the process.
func openProAPIEncrypted(string) (Site, error) {
	return newProAPI(session.Options{
		Encrypt:        session.On,
		BackendOptions: session.BackendOptions{"max_sessions": 100_000_000, "max_bytes": 64 << 30},
	})
}

// openProAPIFile encrypts values unless it is told not to, as is the default for what leaves the process.
func openProAPIFile(sync string, encrypt session.Switch) func(string) (Site, error) {
	return func(dir string) (Site, error) {
		return newProAPI(session.Options{
			Encrypt:        encrypt,
			Backend:        "file",
			BackendOptions: session.BackendOptions{"directory": filepath.Join(dir, "sessions"), "sync": sync},
		})
	}
}

func newProAPI(o session.Options) (*HTTPSite, error) {
	o.SecretKey = Secret
	m, err := session.New(o)
	if err != nil {
		return nil, err
	}
	handlers := map[Work]http.Handler{}
	for work, use := range proapiWorks {
		handlers[work] = m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if use != nil {
				use(session.From(r.Context()))
			}
			Bare(w, r)
		}))
	}
	return &HTTPSite{Handlers: handlers, close: m.Close}, nil
}

// readTyped reads the two values as what they are, which boxes none.
func readTyped(s *session.Session) {
	visits, err := session.Value[int](s, "visits")
	must(err)
	name, err := session.Value[string](s, "name")
	must(err)
	if visits < 42 || name != "Ada" {
		panic("a session holds other values")
	}
}

var proapiWorks = map[Work]func(*session.Session){
	Fill:       func(s *session.Session) { s.Update(Values()) },
	Untouched:  nil,
	FirstVisit: nil,
	Read:       func(s *session.Session) { readTyped(s) },
	Written:    func(s *session.Session) { check(s.Get("visits"), s.Get("name"), written) },
	Write:      func(s *session.Session) { s.Set("visits", another()) },
	Modify:     func(s *session.Session) { must(session.Modify(s, "visits", func(n int) int { return n + 1 })) },
	FirstValue: func(s *session.Session) { s.Set("visits", 42) },
}
