// Quickstart answers: how do I write a first application that remembers its visitors?
package main

import (
	"log"
	"os"
	"time"

	"github.com/proapi-go/proapi"
)

func main() {
	options := proapi.Options{EnableSessions: true}
	options.Session.SecretKey = os.Getenv("SESSION_SECRET_KEY") // 32 random bytes: openssl rand -hex 32
	app, err := proapi.New(options)
	if err != nil {
		log.Fatal(err)
	}
	app.Get("/", home)
	if err := app.Run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

func home(r *proapi.Request) (any, error) {
	userID, lastVisit := r.Session.Get("user_id"), r.Session.Get("last_visit") // nil where there is none
	r.Session.Set("last_visit", time.Now())
	return proapi.Map{"user_id": userID, "last_visit": lastVisit}, nil
}
