package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/proapi-go/proapi/session"
)

// An ending is what is to be ended: one session, a user's, or everybody's.
type ending struct {
	What   string // "session", "user" or "everybody"
	User   string
	Handle string

	Device session.Device // of one session
	Found  found          // of a user
	Own    bool           // the request's own session is among them
}

// endTimeout bounds how long ending a user's sessions may take.
const endTimeout = 25 * time.Second

// endingOf reads from a request what is to be ended, and looks whether it is there.
func (h *Handler) endingOf(ctx context.Context, r *http.Request) (e ending, err error) {
	e = ending{What: r.FormValue("what"), User: r.FormValue("user"), Handle: r.FormValue("handle")}
	switch {
	case e.What == "session":
		e.Device, err = h.device(ctx, e.User, e.Handle)
		e.Own = e.Device.Current
	case e.What == "user" && e.User != "":
		e.Found, err = h.read(h.sessions.AllOf(ctx, e.User), exactUser, func(*session.Device) bool { return true })
		for i := range e.Found.devices {
			e.Own = e.Own || e.Found.devices[i].Current
		}
	case e.What == "everybody":
		e.Own = true
	default:
		err = session.ErrNotFound
	}
	return e, err
}

// Count returns how many sessions of the user were found.
func (e ending) Count() int { return len(e.Found.devices) }

// Complete reports whether these are all.
func (e ending) Complete() bool { return e.Found.complete }

// confirm asks whether to end something.
func (h *Handler) confirm(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), listTimeout)
	defer cancel()
	e, err := h.endingOf(ctx, r)
	if err != nil {
		h.failWith(w, r, err)
		return
	}
	h.page(w, r, "confirm.html", view{Title: "End sessions", Here: "end", Content: e})
}

// end ends what was confirmed.
func (h *Handler) end(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	ctx, cancel := context.WithTimeout(r.Context(), endTimeout)
	defer cancel()
	e, err := h.endingOf(ctx, r)
	if err != nil {
		h.failWith(w, r, err)
		return
	}
	if e.What == "everybody" && r.PostFormValue("sure") != "yes" {
		h.pageWith(w, r, http.StatusBadRequest, "confirm.html", view{Title: "End sessions", Here: "end", Content: e})
		return
	}
	n, err := h.endAll(ctx, e)
	switch {
	case err != nil:
		h.failWith(w, r, err)
	case e.What == "everybody":
		h.page(w, r, "message.html", view{Title: "Everybody’s sessions have ended", Content: "Yours, too: log in again to go on."})
	case e.Own:
		h.page(w, r, "message.html", view{Title: "Ended", Content: "Your own session was among them: log in again to go on."})
	default:
		q := url.Values{"ended": {strconv.Itoa(n)}}
		if e.User != "" {
			q.Set("q", e.User)
		}
		redirect(w, "sessions?"+q.Encode())
	}
}

// endAll ends the sessions, and returns how many.
func (h *Handler) endAll(ctx context.Context, e ending) (int, error) {
	switch e.What {
	case "session":
		return 1, h.sessions.RevokeDevice(ctx, e.Device)
	case "user":
		return h.sessions.RevokeUser(ctx, e.User)
	}
	return 0, h.sessions.RevokeAll(ctx)
}
