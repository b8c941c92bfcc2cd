package admin

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/proapi-go/proapi/session"
)

// A detail is what the page of one session shows.
type detail struct {
	session.Inspection

	Unreadable bool // its values do not open
	MayShow    bool // values may be asked for
	Asked      bool // and were
}

// detail shows one session.
func (h *Handler) detail(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), listTimeout)
	defer cancel()
	v, err := h.inspect(ctx, r)
	if err != nil {
		h.failWith(w, r, err)
		return
	}
	v.MayShow = h.options.ShowValues
	v.Asked = v.MayShow && r.FormValue("values") != ""
	if v.Asked {
		h.log.LogAttrs(ctx, slog.LevelInfo, "admin: values shown", slog.String("session", v.Handle))
	}
	h.page(w, r, "session.html", view{Title: "Session " + v.Handle, Here: "session", Content: v})
}

// inspect looks into the session that the request names.
func (h *Handler) inspect(ctx context.Context, r *http.Request) (detail, error) {
	d, err := h.device(ctx, r.FormValue("user"), r.FormValue("handle"))
	if err != nil {
		return detail{}, err
	}
	found, err := h.sessions.Inspect(ctx, d)
	switch {
	case err == nil:
		return detail{Inspection: found}, nil
	case errors.Is(err, session.ErrNotFound), errors.Is(err, session.ErrUnavailable):
		return detail{}, err
	}
	return detail{Inspection: session.Inspection{Device: d}, Unreadable: true}, nil
}

// Text writes a value for people.
func (detail) Text(item session.Item) string {
	v, err := item.Value()
	if err != nil {
		return "cannot be decoded"
	}
	if b, ok := v.([]byte); ok {
		return hex.EncodeToString(b)
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "cannot be written as text"
	}
	return string(b)
}

// device returns the session that a handle names: the user's, or, where no user is named, whoever's. For that the store has
// no index, and so its list is read until the session is found.
func (h *Handler) device(ctx context.Context, user, handle string) (session.Device, error) {
	list := h.sessions.All(ctx)
	if user != "" {
		list = h.sessions.AllOf(ctx, user)
	}
	for d, err := range list {
		if err != nil {
			return session.Device{}, err
		}
		if d.Handle == handle {
			return d, nil
		}
	}
	return session.Device{}, session.ErrNotFound
}

// failWith answers with a page for an error.
func (h *Handler) failWith(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, session.ErrNotFound) {
		h.fail(w, r, http.StatusNotFound, "There is no such session, or no more: it has ended, or has got a new ID.")
		return
	}
	status, text := faultOf(err)
	h.fail(w, r, status, text)
}
