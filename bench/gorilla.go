package bench

import (
	"net/http"
	"os"
	"path/filepath"

	"github.com/gorilla/sessions"
)

// openGorillaCookie is gorilla/sessions with its store in the cookie itself, signed and not encrypted, as its README
// begins.
func openGorillaCookie(string) (Site, error) {
	return newGorilla(sessions.NewCookieStore([]byte(Secret))), nil
}

// openGorillaFile is gorilla/sessions with a file a session, which it never syncs.
func openGorillaFile(dir string) (Site, error) {
	dir = filepath.Join(dir, "sessions")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return newGorilla(sessions.NewFilesystemStore(dir, []byte(Secret))), nil
}

func newGorilla(store sessions.Store) *HTTPSite {
	registerTypes()
	handlers := map[Work]http.Handler{
		Untouched:  http.HandlerFunc(Bare), // there is no middleware that would run
		FirstVisit: http.HandlerFunc(Bare),
	}
	for work, use := range gorillaWorks {
		handlers[work] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := store.Get(r, "session")
			must(err)
			if use(s.Values) {
				must(s.Save(r, w))
			}
			Bare(w, r)
		})
	}
	return &HTTPSite{Handlers: handlers}
}

// gorillaWorks report whether the session is to be saved.
var gorillaWorks = map[Work]func(map[any]any) bool{
	Fill: func(values map[any]any) bool {
		for key, value := range Values() {
			values[key] = value
		}
		return true
	},
	Read: func(values map[any]any) bool {
		check(values["visits"], values["name"], 42)
		return false
	},
	Written: func(values map[any]any) bool {
		check(values["visits"], values["name"], written)
		return false
	},
	Write: func(values map[any]any) bool {
		values["visits"] = another()
		return true
	},
	FirstValue: func(values map[any]any) bool {
		values["visits"] = 42
		return true
	},
}
