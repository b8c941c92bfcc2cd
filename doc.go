// Package proapi is a small web framework whose sessions are built in.
//
// A handler takes a [Request] and returns a value, which becomes the response: a map, struct or slice as JSON, a string as
// HTML. An error becomes an error response. Routes are patterns of [http.ServeMux], middleware is
// func(http.Handler) http.Handler, and an [App] is an [http.Handler], so that everything made for net/http fits.
//
//	package main
//
//	import (
//		"log"
//		"net/http"
//		"os"
//
//		"github.com/proapi-go/proapi"
//		"github.com/proapi-go/proapi/session"
//	)
//
//	func main() {
//		app, err := proapi.New(proapi.Options{
//			EnableSessions: true,
//			Session:        session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY")},
//		})
//		if err != nil {
//			log.Fatal(err)
//		}
//		app.Get("/", func(r *proapi.Request) (any, error) {
//			visits := session.Modify(r.Session, "visits", func(old int) int { return old + 1 })
//			return proapi.Map{"visits": visits}, nil
//		})
//		app.Get("/users/{id}", func(r *proapi.Request) (any, error) {
//			if r.PathValue("id") != "1" {
//				return nil, proapi.Error(http.StatusNotFound, "no such user")
//			}
//			return proapi.Map{"id": 1, "verbose": r.Query("verbose", "no")}, nil
//		})
//		if err := app.Run(":8000"); err != nil { // until SIGINT or SIGTERM
//			log.Fatal(err)
//		}
//	}
//
// Errors are answered as {"error": "message"}: a handler's own ([Error]), the router's 404 and 405, a body's 400, 413 and
// 415, a session's 503. What a client must not know (any other error, a panic) is logged, and answered as a 500.
//
// A handler's value is encoded before anything is written, then the session's changes are stored, then the first byte
// leaves. So a response that reports a change leaves only after the change is kept, and an answer that cannot be given
// changes nothing; neither does one of 500 or more, nor a panic.
package proapi
