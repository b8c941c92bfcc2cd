package proapi_test

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// FuzzRequest shows that no request, as it comes over a connection, makes an application fail: everything that a client
// chooses, the path, the cookies, the token's header and the body, is its own mistake where it is one.
func FuzzRequest(f *testing.F) {
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\nCookie: session=TOKEN\r\n\r\n",
		"POST /form HTTP/1.1\r\nHost: a\r\nX-Session-Token: TOKEN\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 17\r\n\r\nname=a&tags=b&n=7",
		"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 70\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nann\r\n--x--\r\n",
		"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
		"GET /users/%2e%2e/x%00?a=%zz HTTP/1.1\r\nHost: a\r\nCookie: session=x; session=TOKEN; a\r\n\r\n",
		"GET http://b//../users/7/ HTTP/1.0\r\nUpgrade: websocket\r\nOrigin: null\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: \r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
		"LOGOUT /logout HTTP/1.1\r\nHost: a\r\nCookie: session=TOKEN\r\nX-Session-Token:\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	app := fuzzedApp(f)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody))
	token := []byte(w.Result().Cookies()[0].Value)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(bytes.ReplaceAll(text, []byte("TOKEN"), token))))
		if err != nil {
			return // net/http's own 400
		}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r.WithContext(context.Background()))
		if w.Code >= 500 {
			t.Errorf("%q is answered %d %s", text, w.Code, w.Body)
		}
	})
}

func fuzzedApp(f *testing.F) *proapi.App {
	f.Helper()
	app, err := proapi.New(proapi.Options{
		EnableSessions: true, MaxBodyBytes: 1000, Logger: slog.New(slog.DiscardHandler),
		Session: session.Options{SecretKey: "a secret of thirty-two bytes or more", TokenHeader: "X-Session-Token"},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = app.Shutdown(context.Background()) })
	page := func(r *proapi.Request) (any, error) {
		r.Session.Set("path", r.PathValue("id"))
		return proapi.Map{"path": r.Session.Get("path"), "n": r.Session.Len()}, nil
	}
	app.Get("/", page)
	app.Get("/users/{id}", page)
	app.Get("/files/{id...}", page)
	app.Post("/form", func(r *proapi.Request) (any, error) {
		var in struct {
			Name string
			Tags []string
			N    int
		}
		if err := r.Bind(&in); err != nil {
			return nil, err
		}
		r.Session.Login("user " + in.Name)
		r.Session.Set("name", in.Name)
		return in, nil
	})
	app.Post("/logout", func(r *proapi.Request) (any, error) {
		r.Session.Logout()
		return nil, nil
	})
	return app
}
