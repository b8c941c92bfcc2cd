package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

func TestOneSessionIsEnded(t *testing.T) {
	onEachBackend(t, func(t *testing.T, o session.Options) {
		a := newApp(t, o)
		ann, root := a.login(t, "ann"), a.login(t, "root")
		handle := handleOf(t, a, "ann")
		other := a.login(t, "ann")
		form := "what=session&user=ann&handle=" + handle

		root.wantText("/admin/end?"+form, "End this session?", "It is ann’s, with Firefox on Linux, from 192.0.2.1", `<form method="post" action="end">`,
			`value="`+handle+`"`, "This cannot be undone.", "-Your own session")
		if got := ann.get("/user").Body.String(); got != "ann;0" {
			t.Errorf("before it is confirmed the session is %q", got)
		}
		rec := root.post("/admin/end", form)
		if rec.Code != 303 || rec.Header().Get("Location") != "sessions?ended=1&q=ann" {
			t.Errorf("it is answered %d, to %q", rec.Code, rec.Header().Get("Location"))
		}
		for c, want := range map[*client]string{ann: ";0", other: "ann;0", root: "root;0"} {
			if got := c.get("/user").Body.String(); got != want {
				t.Errorf("the session is %q, want %q", got, want)
			}
		}
		root.wantText("/admin/sessions?ended=1&q=ann", "1 session ended.", "1 session, used last first")
		if rec := root.post("/admin/end", form); rec.Code != 404 {
			t.Errorf("a second time it is answered %d", rec.Code)
		}
	})
}

func TestSessionOfNobodyIsEnded(t *testing.T) {
	a := newApp(t, session.Options{})
	root, nobody := a.login(t, "root"), a.visitor(t)
	nobody.post("/set", "key=k&value=v")
	handle := ""
	for d, err := range a.sessions.All(t.Context()) {
		if err == nil && d.User == "" {
			handle = d.Handle
		}
	}
	form := "what=session&user=&handle=" + handle
	root.wantText("/admin/end?"+form, "Nobody has logged in to it")
	if rec := root.post("/admin/end", form); rec.Code != 303 || rec.Header().Get("Location") != "sessions?ended=1" {
		t.Errorf("it is answered %d, to %q", rec.Code, rec.Header().Get("Location"))
	}
	if got := nobody.get("/user").Body.String(); got != ";0" {
		t.Errorf("the session is %q", got)
	}
}

func TestAllSessionsOfAUserAreEnded(t *testing.T) {
	a := newApp(t, session.Options{})
	root := a.login(t, "root")
	user := "ann & söns"
	clients := []*client{a.login(t, url.QueryEscape(user)), a.login(t, url.QueryEscape(user)), a.login(t, "eve")}
	form := url.Values{"what": {"user"}, "user": {user}}.Encode()
	root.wantText("/admin/end?"+form, "End all sessions of ann &amp; söns?", "There are 2.")
	rec := root.post("/admin/end", form)
	if want := "sessions?ended=2&q=" + url.QueryEscape(user); rec.Code != 303 || rec.Header().Get("Location") != want {
		t.Errorf("it is answered %d, to %q", rec.Code, rec.Header().Get("Location"))
	}
	for i, want := range []string{";0", ";0", "eve;0"} {
		if got := clients[i].get("/user").Body.String(); got != want {
			t.Errorf("the session is %q, want %q", got, want)
		}
	}
	root.wantText("/admin/sessions?ended=0&q=eve", "No session was left to end.")
	root.wantText("/admin/sessions?ended=2000", "2,000 sessions ended.")
	root.wantText("/admin/sessions?ended=x", "-ended.")
}

func TestEverybodysSessionsAreEndedByWhoIsSure(t *testing.T) {
	a := newApp(t, session.Options{})
	root, ann := a.login(t, "root"), a.login(t, "ann")
	root.wantText("/admin/end?what=everybody", "Your own session is among them.", `type="checkbox" name="sure" value="yes" required`)
	for _, form := range []string{"what=everybody", "what=everybody&sure=", "what=everybody&sure=no"} {
		if rec := root.post("/admin/end", form); rec.Code != 400 || !strings.Contains(rec.Body.String(), "End everybody’s sessions?") {
			t.Errorf("%s is answered %d", form, rec.Code)
		}
	}
	if got := ann.get("/user").Body.String(); got != "ann;0" {
		t.Errorf("the session is %q", got)
	}
	if rec := root.post("/admin/end?sure=yes", "what=everybody"); rec.Code != 400 {
		t.Errorf("a link that is sure is answered %d", rec.Code)
	}
	rec := root.post("/admin/end", "what=everybody&sure=yes")
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "log in again") {
		t.Errorf("it is answered %d: %s", rec.Code, rec.Body)
	}
	for _, c := range []*client{ann, root} {
		if got := c.get("/user").Body.String(); got != ";0" {
			t.Errorf("the session is %q", got)
		}
	}
	if rec := root.get("/admin/"); rec.Code != 403 {
		t.Errorf("and who did it is answered %d", rec.Code)
	}
}

func TestWhoEndsHisOwnSessionIsTold(t *testing.T) {
	a := newApp(t, session.Options{})
	root := a.login(t, "root")
	form := "what=session&user=root&handle=" + handleOf(t, a, "root")
	root.wantText("/admin/end?"+form, "Your own session is among them.")
	if rec := root.post("/admin/end", form); rec.Code != 200 || !strings.Contains(rec.Body.String(), "Your own session was among them") {
		t.Errorf("it is answered %d", rec.Code)
	}
	if rec := root.get("/admin/"); rec.Code != 403 {
		t.Errorf("afterwards he is answered %d", rec.Code)
	}
}
