package main

import (
	"embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/proapi-go/proapi"
)

//go:embed templates
var files embed.FS

var pages = template.Must(template.ParseFS(files, "templates/*.html"))

// A view is what the pages show.
type view struct {
	Username string // who is logged in, "" for nobody
	Visits   any
	Flashes  []any
	Since    time.Time // when the session began
	Until    time.Time // when it ends
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
