// Huma answers: how do I use sessions with Huma, whose operations are typed and have an OpenAPI description?
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/proapi-go/proapi/session"
)

func main() {
	if err := run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// run puts the sessions around the router that Huma stands on. An operation finds its own in its context.
func run(addr string) (err error) {
	sessions, err := session.New(session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sessions.Close()) }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	mux := http.NewServeMux()
	newAPI(mux, ticker.C)
	server := &http.Server{Addr: addr, Handler: sessions.Middleware(mux), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// newAPI says in the OpenAPI description that there is a cookie, and which operations ask for a login.
func newAPI(mux *http.ServeMux, ticks <-chan time.Time) huma.API {
	config := huma.DefaultConfig("An API with sessions", "1.0.0")
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: session.DefaultCookieName},
	}
	api := humago.New(mux, config)
	api.UseMiddleware(requireUser(api))

	asUser := []map[string][]string{{"session": {}}}
	huma.Register(api, huma.Operation{OperationID: "login", Method: http.MethodPost, Path: "/login"}, login)
	huma.Register(api, huma.Operation{OperationID: "profile", Method: http.MethodGet, Path: "/profile", Security: asUser}, profile)
	huma.Register(api, huma.Operation{OperationID: "logout", Method: http.MethodPost, Path: "/logout", Security: asUser}, logout)
	sse.Register(api, huma.Operation{OperationID: "clock", Method: http.MethodGet, Path: "/clock", Security: asUser},
		map[string]any{"message": event("")}, clock(ticks))
	return api
}

// requireUser lets the operations that ask for a session run for users alone.
func requireUser(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		s := session.From(ctx.Context())
		switch {
		case len(ctx.Operation().Security) == 0, s.UserID() != "":
			next(ctx)
		case s.Err() != nil: // the store is down: nobody was logged out
			_ = huma.WriteErr(api, ctx, http.StatusServiceUnavailable, "sessions are not available")
		default:
			_ = huma.WriteErr(api, ctx, http.StatusUnauthorized, "log in first")
		}
	}
}

type credentials struct {
	Body struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
}

func login(ctx context.Context, in *credentials) (*struct{}, error) {
	if in.Body.User != "ada" || in.Body.Password != "enchantress" { // look it up, and compare a hash
		return nil, huma.Error401Unauthorized("invalid credentials")
	}
	session.From(ctx).Login(in.Body.User) // a new ID; the values are kept
	return nil, nil
}

type greeting struct {
	Body string
}

// profile has nothing to save: what it changes is stored before the first byte of the answer leaves.
func profile(ctx context.Context, _ *struct{}) (*greeting, error) {
	s := session.From(ctx)
	if err := session.Modify(s, "visits", func(n int) int { return n + 1 }); err != nil {
		return nil, err
	}
	return &greeting{fmt.Sprintf("%s, visit %v", s.UserID(), s.Get("visits"))}, nil
}

func logout(ctx context.Context, _ *struct{}) (*struct{}, error) {
	session.From(ctx).Logout()
	return nil, nil
}

type event string

// clock sends an event a tick (server-sent events). What it changes in the session it changes before the first one: from
// then on, the session is read-only. The stream ends with the session, wherever that is ended.
func clock(ticks <-chan time.Time) func(context.Context, *struct{}, sse.Sender) {
	return func(ctx context.Context, _ *struct{}, send sse.Sender) {
		s := session.From(ctx)
		_ = session.Modify(s, "clocks", func(n int) int { return n + 1 }) // an error fails the request on its own
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.Done():
				return
			case now := <-ticks:
				text := fmt.Sprintf("%s, clock %v", now.Format(time.TimeOnly), s.Get("clocks"))
				if send.Data(event(text)) != nil {
					return
				}
			}
		}
	}
}
