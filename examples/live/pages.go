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

var pages = template.Must(template.New("").Funcs(template.FuncMap{"ago": ago}).ParseFS(files, "templates/*.html"))

// A view is what the pages show.
type view struct {
	User    string // who is signed in, "" for nobody
	Devices []session.Device
	Flashes []any
}

// page answers with a template. Nothing but our own style sheet and script may load, run, or frame it.
func page(name string, v view) (any, error) {
	var html strings.Builder
	if err := pages.ExecuteTemplate(&html, name, v); err != nil {
		return nil, err
	}
	return proapi.Response{
		Header: http.Header{
			"Cache-Control": {"no-store"}, // so that the back button shows nothing of a session that has ended
			"Content-Security-Policy": {
				"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; " +
					"frame-ancestors 'none'; base-uri 'none'",
			},
		},
		Body: html.String(),
	}, nil
}

// asset serves a file that is the same for everybody.
func asset(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		http.ServeFileFS(w, r, files, "templates/"+name)
	})
}

// ago says how long ago a time was, as people do.
func ago(t time.Time) string {
	switch d := time.Since(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%.0f min ago", d.Truncate(time.Minute).Minutes())
	}
	return t.Local().Format("2 Jan, 15:04")
}
