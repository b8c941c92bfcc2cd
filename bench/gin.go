package bench

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"
)

func openGinMemory(string) (Site, error) { return newGin(memstore.NewStore([]byte(Secret))), nil }

func openGinCookie(string) (Site, error) { return newGin(cookie.NewStore([]byte(Secret))), nil }

// newGin is Gin with no middleware but gin-contrib/sessions: no logger, and no recovery from panics.
func newGin(store sessions.Store) *HTTPSite {
	registerTypes()
	gin.SetMode(gin.ReleaseMode)
	handlers := map[Work]http.Handler{}
	for work, use := range ginWorks {
		engine := gin.New()
		engine.Use(sessions.Sessions("session", store))
		engine.GET("/", func(c *gin.Context) {
			if use != nil {
				use(sessions.Default(c))
			}
			Bare(c.Writer, c.Request)
		})
		handlers[work] = engine
	}
	return &HTTPSite{Handlers: handlers}
}

var ginWorks = map[Work]func(sessions.Session){
	Fill: func(s sessions.Session) {
		for key, value := range Values() {
			s.Set(key, value)
		}
		must(s.Save())
	},
	Untouched:  nil,
	FirstVisit: nil,
	Read:       func(s sessions.Session) { check(s.Get("visits"), s.Get("name"), 42) },
	Written:    func(s sessions.Session) { check(s.Get("visits"), s.Get("name"), written) },
	Write: func(s sessions.Session) {
		s.Set("visits", another())
		must(s.Save())
	},
	FirstValue: func(s sessions.Session) {
		s.Set("visits", 42)
		must(s.Save())
	},
}
