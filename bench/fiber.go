package bench

import (
	"bytes"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/valyala/fasthttp"
)

// openFiber is Fiber's session store in memory, used by the handlers themselves. Its middleware is the other documented
// way, and slower: it loads the session of each request and saves it, used or not.
func openFiber(string) (Site, error) {
	store := session.NewStore()
	store.RegisterType(time.Time{})
	site := fiberSite{}
	for work, use := range fiberWorks {
		app := fiber.New()
		app.Get("/", func(c fiber.Ctx) error {
			if use != nil {
				fiberUse(store, c, use)
			}
			return c.Send(body)
		})
		site[work] = app.Handler()
	}
	return site, nil
}

// fiberUse gets the session, and saves it where it is used so.
func fiberUse(store *session.Store, c fiber.Ctx, use func(*session.Session) bool) {
	s, err := store.Get(c)
	must(err)
	defer s.Release()
	if use(s) {
		must(s.Save())
	}
}

// fiberWorks report whether the session is to be saved.
var fiberWorks = map[Work]func(*session.Session) bool{
	Fill: func(s *session.Session) bool {
		for key, value := range Values() {
			s.Set(key, value)
		}
		return true
	},
	Untouched:  nil,
	FirstVisit: nil,
	Read: func(s *session.Session) bool {
		check(s.Get("visits"), s.Get("name"), 42)
		return false
	},
	Written: func(s *session.Session) bool {
		check(s.Get("visits"), s.Get("name"), written)
		return false
	},
	Write: func(s *session.Session) bool {
		s.Set("visits", another())
		return true
	},
	FirstValue: func(s *session.Session) bool {
		s.Set("visits", 42)
		return true
	},
}

// A fiberSite has a handler for each work; Fiber's are fasthttp's, not those of net/http.
type fiberSite map[Work]fasthttp.RequestHandler

func (s fiberSite) Visitor(w Work, cookie string) Visitor {
	h := s[w]
	if h == nil {
		return nil
	}
	v := &fiberVisitor{handler: h, ctx: &fasthttp.RequestCtx{}}
	v.ctx.Request.SetRequestURI("http://example.com/")
	if cookie != "" {
		v.ctx.Request.Header.Set("Cookie", cookie)
	}
	return v
}

func (fiberSite) Close() error { return nil }

type fiberVisitor struct {
	handler fasthttp.RequestHandler
	ctx     *fasthttp.RequestCtx
}

func (v *fiberVisitor) Visit() {
	v.ctx.Response.Reset()
	v.ctx.ResetUserValues()
	v.handler(v.ctx)
}

func (v *fiberVisitor) As(cookie string) { v.ctx.Request.Header.Set("Cookie", cookie) }

func (v *fiberVisitor) Cookie() string {
	cookie, _, _ := bytes.Cut(v.ctx.Response.Header.Peek("Set-Cookie"), []byte(";"))
	return string(cookie)
}
