package admin

import (
	"net/http"
	"path"
	"strings"
)

// ServeHTTP answers those who are authorised.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.options.Authorize(r) {
		w.Header().Set("Cache-Control", "no-store")
		h.options.Deny.ServeHTTP(w, r)
		return
	}
	h.guarded.ServeHTTP(w, r)
}

// A leaf is what stands after the last slash of a request's path. All pages are leaves of one directory, so that the
// handler needs not know where that is, and no link leads out of it.
type leaf struct {
	get, post http.HandlerFunc // nil where there is none
}

func (h *Handler) leaf(name string) (leaf, bool) {
	switch name {
	case "":
		return leaf{get: h.overview}, true
	case "live":
		return leaf{get: h.live}, true
	case "sessions":
		return leaf{get: h.list}, true
	case "session":
		return leaf{get: h.detail}, true
	case "end":
		return leaf{get: h.confirm, post: h.end}, true
	case "style.css", "live.js", "icon.svg":
		return leaf{get: asset(name)}, true
	}
	return leaf{}, false
}

func (h *Handler) route(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "" { // what http.StripPrefix leaves of the mount point without its slash
		redirect(w, path.Base(strings.TrimRight(requested(r), "/"))+"/")
		return
	}
	l, found := h.leaf(leafOf(r.URL.Path))
	switch {
	case !found:
		h.fail(w, r, http.StatusNotFound, "There is no such page.")
	case l.get != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		l.get(w, r)
	case l.post != nil && r.Method == http.MethodPost:
		l.post(w, r)
	default:
		w.Header().Set("Allow", l.allow())
		h.fail(w, r, http.StatusMethodNotAllowed, "This page cannot be asked for like that.")
	}
}

func (l leaf) allow() string {
	if l.post != nil {
		return "GET, HEAD, POST"
	}
	return "GET, HEAD"
}

// leafOf returns what stands after a path's last slash.
func leafOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// requested returns the path as the client asked for it.
func requested(r *http.Request) string {
	p, _, _ := strings.Cut(r.RequestURI, "?")
	return p
}

// redirect leads to a page beside this one. http.Redirect would make the reference absolute, from a path that may have
// lost its prefix.
func redirect(w http.ResponseWriter, reference string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", reference)
	w.WriteHeader(http.StatusSeeOther)
}
