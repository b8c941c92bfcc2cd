package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/scsstore"
	"github.com/proapi-go/proapi/session/sessiontest"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

// stores make fresh ones of scs's stores. Their cleaners do not run.
var stores = map[string]func(t *testing.T) func(t *testing.T) scsstore.Backing{
	"memstore": func(*testing.T) func(t *testing.T) scsstore.Backing {
		return func(*testing.T) scsstore.Backing { return memstore.NewWithCleanupInterval(0) }
	},
	"goredisstore": func(t *testing.T) func(t *testing.T) scsstore.Backing {
		client := redis.NewClient(&redis.Options{Addr: testredis.Start(t).Addr()})
		t.Cleanup(func() { _ = client.Close() })
		return func(t *testing.T) scsstore.Backing { return goredisstore.NewWithPrefix(client, t.Name()+":") }
	},
	"pgxstore": func(t *testing.T) func(t *testing.T) scsstore.Backing {
		pool, err := pgxpool.New(t.Context(), testpostgres.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		tables := 0
		return func(t *testing.T) scsstore.Backing {
			tables++
			table := fmt.Sprintf("sessions%d", tables)
			create := "CREATE TABLE " + table + " (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL)"
			if _, err := pool.Exec(t.Context(), create); err != nil {
				t.Fatal(err)
			}
			return pgxstore.NewWithConfig(pool, pgxstore.Config{TableName: table})
		}
	},
}

func TestStoresOfSCSKeepTheContract(t *testing.T) {
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			fresh := start(t)
			storetest.Run(t, func(t *testing.T) session.Store { return scsstore.New(fresh(t)) })
		})
	}
}

func TestNoVisitIsLost(t *testing.T) {
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			sessions, err := session.New(session.Options{Store: scsstore.New(start(t)(t))})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = sessions.Close() }()
			v := sessiontest.New(t, sessions)
			handler := sessions.Middleware(http.HandlerFunc(visit))
			send := func() {
				v.Do(handler, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
			}
			send()
			var all sync.WaitGroup
			for range 20 {
				all.Go(send)
			}
			all.Wait()
			if got := v.Values()["visits"]; got != 21 {
				t.Errorf("%v visits are stored, want 21", got)
			}
		})
	}
}
