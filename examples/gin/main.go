// Gin answers: how do I use sessions with Gin, instead of gin-contrib/sessions?
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/proapi-go/proapi/session"
)

func main() {
	if err := run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// run puts the sessions around the engine: Gin may write the header when all its handlers have returned, and what it
// writes (a 404, the 500 of a recovered panic) decides whether the session is stored.
func run(addr string) (err error) {
	sessions, err := session.New(session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sessions.Close()) }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	handler := sessions.Middleware(newEngine(ticker.C))
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func newEngine(ticks <-chan time.Time) *gin.Engine {
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(gin.Logger(), gin.Recovery())
	engine.POST("/login", login)
	account := engine.Group("", requireUser)
	account.GET("/profile", profile)
	account.POST("/logout", logout)
	account.GET("/clock", clock(ticks))
	return engine
}

// current returns the request's session. Nothing has to be saved.
func current(c *gin.Context) *session.Session { return session.From(c.Request.Context()) }

func requireUser(c *gin.Context) {
	s := current(c)
	switch {
	case s.UserID() != "":
	case s.Err() != nil: // the store is down: nobody was logged out
		c.AbortWithStatus(http.StatusServiceUnavailable)
	default:
		c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "log in first"})
	}
}

func login(c *gin.Context) {
	user := c.PostForm("user")
	if user != "ada" || c.PostForm("password") != "enchantress" { // look it up, and compare a hash
		c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "invalid credentials"})
		return
	}
	current(c).Login(user) // a new ID; the values are kept
	c.Status(http.StatusNoContent)
}

func profile(c *gin.Context) {
	s := current(c)
	_ = session.Modify(s, "visits", func(n int) int { return n + 1 }) // an error fails the request on its own
	c.String(http.StatusOK, "%s, visit %v\n", s.UserID(), s.Get("visits"))
}

func logout(c *gin.Context) {
	current(c).Logout()
	c.Status(http.StatusNoContent)
}

// clock sends an event a tick (server-sent events). What it changes in the session it changes before the first byte: from
// then on, the session is read-only. The stream ends with the session, wherever that is ended.
func clock(ticks <-chan time.Time) gin.HandlerFunc {
	return func(c *gin.Context) {
		s := current(c)
		_ = session.Modify(s, "clocks", func(n int) int { return n + 1 })
		c.Stream(func(io.Writer) bool {
			select {
			case <-c.Request.Context().Done():
				return false
			case <-s.Done():
				return false
			case now := <-ticks:
				c.SSEvent("", fmt.Sprintf("%s, clock %v", now.Format(time.TimeOnly), s.Get("clocks")))
				return true
			}
		})
	}
}
