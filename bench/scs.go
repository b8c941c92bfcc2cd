package bench

import (
	"net/http"
	"path/filepath"
	"time"

	"github.com/alexedwards/scs/boltstore"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"go.etcd.io/bbolt"
)

// openSCS is scs with its memory store and its default codec. The stores' cleaners do not run: to stop one soon after it
// was started is a data race in scs, and without it scs is a little faster.
func openSCS(string) (Site, error) { return newSCS(memstore.NewWithCleanupInterval(0), nil), nil }

// openSCSBolt is scs with its store for bbolt, which syncs at each commit.
func openSCSBolt(dir string) (Site, error) {
	db, err := bbolt.Open(filepath.Join(dir, "sessions.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	return newSCS(boltstore.NewWithCleanupInterval(db, 0), db.Close), nil
}

func newSCS(store scs.Store, closeStore func() error) *HTTPSite {
	registerTypes()
	m := scs.New()
	m.Lifetime = time.Hour
	m.Store = store
	handlers := map[Work]http.Handler{}
	for work, use := range scsWorks {
		handlers[work] = m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if use != nil {
				use(m, r)
			}
			Bare(w, r)
		}))
	}
	return &HTTPSite{Handlers: handlers, close: closeStore}
}

var scsWorks = map[Work]func(*scs.SessionManager, *http.Request){
	Fill: func(m *scs.SessionManager, r *http.Request) {
		for key, value := range Values() {
			m.Put(r.Context(), key, value)
		}
	},
	Untouched:  nil,
	FirstVisit: nil,
	Read:       func(m *scs.SessionManager, r *http.Request) { scsCheck(m, r, 42) },
	Written:    func(m *scs.SessionManager, r *http.Request) { scsCheck(m, r, written) },
	Write:      func(m *scs.SessionManager, r *http.Request) { m.Put(r.Context(), "visits", another()) },
	FirstValue: func(m *scs.SessionManager, r *http.Request) { m.Put(r.Context(), "visits", 42) },
}

func scsCheck(m *scs.SessionManager, r *http.Request, least int) {
	check(m.GetInt(r.Context(), "visits"), m.GetString(r.Context(), "name"), least)
}
