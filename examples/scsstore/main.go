// Scsstore answers: how do I keep the scs store that I have, here for Redis, under sessions of ProAPI?
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/redis/go-redis/v9"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/scsstore"
)

func main() {
	if err := run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// run has one process serve all sessions: where there are several, use session/redisstore, and lose nothing.
func run(addr string) (err error) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	defer func() { err = errors.Join(err, client.Close()) }()
	sessions, err := session.New(session.Options{
		SecretKey: os.Getenv("SESSION_SECRET_KEY"),
		Store:     scsstore.New(goredisstore.NewWithPrefix(client, "shop:session:")),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sessions.Close()) }()
	server := &http.Server{Addr: addr, Handler: sessions.Middleware(http.HandlerFunc(visit)), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func visit(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	_ = session.Modify(s, "visits", func(n int) int { return n + 1 }) // an error fails the request on its own
	_, _ = fmt.Fprintln(w, "visit", s.Get("visits"))
}
