package main

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

//go:embed templates
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"ago": ago, "kind": kind}).ParseFS(files, "templates/*.html"))

// A view is what the pages show.
type view struct {
	Username string // who is logged in, "" for nobody
	Admin    bool   // and is an administrator
	Again    bool   // he is asked to log in again
	Visits   any
	Flashes  []any     // notices, each a map
	Since    time.Time // when the session began
	Until    time.Time // when it ends
	Devices  []session.Device
}

// A notice tells what came of the request before.
type notice struct {
	Text string
	Good bool
}

// view returns what all pages have in common. It takes the notices, which are shown once.
func (a *application) view(r *proapi.Request) view {
	return view{
		Username: r.Session.UserID(), Admin: a.isAdmin(r.Request), Again: r.URL.Query().Has("again"),
		Visits: r.Session.Get("visits"), Flashes: r.Session.Flashes(),
		Since: r.Session.CreatedAt(), Until: r.Session.ExpiresAt(),
	}
}

// wantsPage reports whether a browser asks, which names HTML in its Accept header; curl and its like take anything.
func wantsPage(r *proapi.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html")
}

// page answers with a template. Nothing but our own style sheet may load, run, or frame it.
func page(name string, v view) (any, error) {
	var html strings.Builder
	if err := pages.ExecuteTemplate(&html, name, v); err != nil {
		return nil, err
	}
	return proapi.Response{
		Header: http.Header{"Content-Security-Policy": {
			"default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		}},
		Body: html.String(),
	}, nil
}

// style serves the style sheet.
func style(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=3600")
	http.ServeFileFS(w, r, files, "templates/style.css")
}

// ago writes how long ago something was.
func ago(t time.Time) string {
	switch d := time.Since(t); {
	case d < 2*time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	default:
		return fmt.Sprintf("%d days ago", d/(24*time.Hour))
	}
}

// kind returns the name of the picture for a client.
func kind(client string) string {
	for _, hand := range []string{"iPhone", "iPad", "Android"} {
		if strings.Contains(client, hand) {
			return "phone"
		}
	}
	return "computer"
}
