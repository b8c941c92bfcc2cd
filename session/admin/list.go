package admin

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session"
)

const (
	pageSize    = 50
	listTimeout = 10 * time.Second // for reading the sessions of one page
)

// A listing is what the page of sessions shows.
type listing struct {
	Query    string
	Search   search
	Devices  []session.Device // those of this page
	Found    int
	Complete bool // all of them were read
	Read     int  // how many sessions were read
	Page     int  // from 1
	Pages    int
	First    int // place of the first one on this page, from 1
	Notice   string
	Fault    string // why there is no list, in words
}

// A search is how the sessions were looked for.
type search string

// The ways to look for sessions.
const (
	everybody search = "everybody"
	exactUser search = "user"  // the user has exactly this name: the store has an index
	partial   search = "parts" // the text is part of the user's name, or begins a handle
)

// list shows the sessions, those used last first, or what was searched for.
func (h *Handler) list(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), listTimeout)
	defer cancel()
	query := strings.TrimSpace(r.FormValue("q"))
	v := listing{Query: query, Notice: noticeOf(r)}
	found, err := h.find(ctx, query)
	status := http.StatusOK
	if err != nil {
		status, v.Fault = faultOf(err)
	}
	v.Search, v.Found, v.Complete, v.Read = found.search, len(found.devices), found.complete, found.read
	v.turnTo(found.devices, r.FormValue("page"))
	h.pageWith(w, r, status, "sessions.html", view{Title: "Sessions", Here: "sessions", Search: query, Content: v})
}

// turnTo picks the page's part of what was found.
func (v *listing) turnTo(devices []session.Device, page string) {
	slices.SortFunc(devices, func(a, b session.Device) int {
		return cmp.Or(b.SeenAt.Compare(a.SeenAt), cmp.Compare(a.Handle, b.Handle))
	})
	v.Pages = max(1, (len(devices)+pageSize-1)/pageSize)
	n, _ := strconv.Atoi(page) // 0 where it is none
	v.Page = min(max(n, 1), v.Pages)
	from := (v.Page - 1) * pageSize
	v.First, v.Devices = from+1, devices[from:min(from+pageSize, len(devices))]
}

// At returns the address of another page of the list.
func (v listing) At(page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	if v.Query != "" {
		q.Set("q", v.Query)
	}
	return "sessions?" + q.Encode()
}

// Previous and Next return the pages' numbers, for the template.
func (v listing) Previous() int { return v.Page - 1 }

// Next returns the number of the page after this one.
func (v listing) Next() int { return v.Page + 1 }

// Last returns the place of the last session on the page.
func (v listing) Last() int { return v.First + len(v.Devices) - 1 }

// found are sessions that were read from the store.
type found struct {
	search   search
	devices  []session.Device
	read     int
	complete bool
}

// find reads the sessions of a user, or, where nobody has exactly that name, those that have it as a part; or all of them,
// where nothing is asked for. It reads no more than ListLimit.
func (h *Handler) find(ctx context.Context, query string) (found, error) {
	if query == "" {
		return h.read(h.sessions.All(ctx), everybody, func(*session.Device) bool { return true })
	}
	exact, err := h.read(h.sessions.AllOf(ctx, query), exactUser, func(*session.Device) bool { return true })
	if err != nil || len(exact.devices) > 0 {
		return exact, err
	}
	low := strings.ToLower(query)
	return h.read(h.sessions.All(ctx), partial, func(d *session.Device) bool {
		return strings.Contains(strings.ToLower(d.User), low) || strings.HasPrefix(d.Handle, low)
	})
}

// read reads a list up to ListLimit, or until there is no more time, and keeps what is wanted.
func (h *Handler) read(list iter.Seq2[session.Device, error], s search, wanted func(*session.Device) bool) (found, error) {
	f := found{search: s}
	for d, err := range list {
		switch {
		case errors.Is(err, context.DeadlineExceeded) && f.read > 0:
			return f, nil
		case err != nil:
			return found{search: s}, err
		case f.read == h.options.ListLimit:
			return f, nil
		}
		f.read++
		if wanted(&d) {
			f.devices = append(f.devices, d)
		}
	}
	f.complete = true
	return f, nil
}

// faultOf says in words, and as a status, why the store's sessions cannot be shown.
func faultOf(err error) (status int, text string) {
	if errors.Is(err, session.ErrNotListed) {
		return http.StatusOK, "This store cannot list sessions: it is no session.Lister. What it holds can be ended all at once, and only so."
	}
	return http.StatusServiceUnavailable, "The store does not answer. Try again in a moment."
}

// noticeOf says what was done a moment ago.
func noticeOf(r *http.Request) string {
	n, err := strconv.Atoi(r.FormValue("ended"))
	if err != nil || n < 0 {
		return ""
	}
	if n == 0 {
		return "No session was left to end."
	}
	return strings.ToUpper(plural(n)[:1]) + plural(n)[1:] + " ended."
}
