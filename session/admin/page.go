package admin

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

//go:embed assets
var assets embed.FS

// policy lets a page load its own style sheet, script and icon, send its own forms, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'"

// A view is what a template gets.
type view struct {
	Title   string
	Here    string // which of the pages it is
	Search  string // what was searched for
	Assets  string // their version
	Now     time.Time
	Content any
}

// pages are the templates, by the names of their files.
type pages struct {
	byName  map[string]*template.Template
	version string // of the assets, so that browsers may keep them
}

func parsePages() pages {
	p := pages{byName: make(map[string]*template.Template)}
	layout := template.Must(template.New("layout.html").Funcs(functions()).ParseFS(assets, "assets/layout.html"))
	for _, name := range []string{"overview.html", "sessions.html", "session.html", "confirm.html", "message.html"} {
		p.byName[name] = template.Must(template.Must(layout.Clone()).ParseFS(assets, "assets/"+name))
	}
	sum := sha256.New()
	for _, name := range []string{"style.css", "live.js", "icon.svg"} {
		b, _ := assets.ReadFile("assets/" + name) // it is embedded
		sum.Write(b)
	}
	p.version = hex.EncodeToString(sum.Sum(nil)[:6])
	return p
}

// functions are what the templates call.
func functions() template.FuncMap {
	return template.FuncMap{
		"ago": ago, "ahead": ahead, "plural": plural,
		"clock": func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"query": url.QueryEscape,
		"count": func(n int) string { return count(float64(n)) },
		"size":  func(n int) string { return size(float64(n)) },
	}
}

// page answers with a page.
func (h *Handler) page(w http.ResponseWriter, r *http.Request, name string, v view) {
	h.pageWith(w, r, http.StatusOK, name, v)
}

func (h *Handler) pageWith(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	v.Assets, v.Now = h.pages.version, time.Now()
	var html bytes.Buffer
	if err := h.pages.byName[name].Execute(&html, v); err != nil {
		h.log.LogAttrs(r.Context(), slog.LevelError, "admin: page cannot be written", slog.String("page", name), slog.Any("error", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin") // addresses have users' names; "no-referrer" would hide the Origin of forms, too
	w.WriteHeader(status)
	_, _ = w.Write(html.Bytes())
}

// fail answers with a page that says what is wrong.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, status int, what string) {
	h.pageWith(w, r, status, "message.html", view{Title: http.StatusText(status), Content: what})
}

// asset answers with a file that belongs to the pages.
func asset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, max-age=86400")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, assets, "assets/"+name) //nolint:gosec // one of three names
	}
}
