package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// devices returns the handles of the user's devices, this one first.
func (c *client) devices() (handles []string) {
	c.t.Helper()
	accept := c.accept
	c.accept = "*/*"
	defer func() { c.accept = accept }()
	rec := c.send("GET", "/account", "")
	var answer struct {
		Devices []struct {
			Handle  string
			Current bool
		}
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		c.t.Fatalf("the answer is %d %s: %v", rec.Code, rec.Body, err)
	}
	for _, d := range answer.Devices {
		if d.Current {
			handles = append([]string{d.Handle}, handles...)
		} else {
			handles = append(handles, d.Handle)
		}
	}
	return handles
}

// login makes the clients log in, as the user of the form.
func login(form string, clients ...*client) {
	for _, c := range clients {
		c.send("POST", "/login", form)
	}
}

const annForm = "username=ann&password=password"

func TestProgramSeesAndEndsDevices(t *testing.T) {
	c := newClient(t)
	phone, laptop, stranger := c.other(), c.other(), c.other()
	login(annForm, c, phone, laptop)
	login(adminForm, stranger)
	handles := c.devices()
	if len(handles) != 3 {
		t.Fatalf("there are %d devices, want 3", len(handles))
	}
	end := "/account/devices/" + phone.devices()[0] + "/end"
	stranger.want(stranger.send("POST", end, ""), 404, `{"error":"That device was logged out already."}`)
	phone.want(phone.send("GET", "/profile", ""), 200, `{"user_id":2,"username":"ann"}`)

	c.want(c.send("POST", end, ""), 200, `{"message":"The device is logged out."}`)
	c.want(c.send("POST", end, ""), 404, `{"error":"That device was logged out already."}`)
	phone.want(phone.send("GET", "/profile", ""), 302, "/login")
	c.want(c.send("POST", "/account/devices/end-others", ""), 200, `{"message":"1 other device is logged out."}`)
	laptop.want(laptop.send("GET", "/profile", ""), 302, "/login")
	c.want(c.send("GET", "/profile", ""), 200, `{"user_id":2,"username":"ann"}`)
	stranger.want(stranger.send("GET", "/profile", ""), 200, `{"user_id":1,"username":"admin"}`)
}

func TestUserLogsOutEverywhere(t *testing.T) {
	c := newClient(t)
	phone := c.other()
	login(annForm, c, phone)
	thief := c.thief()
	c.want(c.send("POST", "/account/logout-everywhere", ""), 200, `{"message":"Logout successful"}`)
	if c.Cookie("session") != nil {
		t.Error("the cookie is left")
	}
	for _, other := range []*client{c, phone, thief} {
		other.want(other.send("GET", "/profile", ""), 302, "/login")
	}
	login(annForm, c)
	c.want(c.send("GET", "/profile", ""), 200, `{"user_id":2,"username":"ann"}`)
}

func TestChangedPasswordEndsTheOtherSessions(t *testing.T) {
	c := newClient(t)
	phone := c.other()
	login(annForm, c, phone)
	before := c.thief()
	c.want(c.send("POST", "/account/password", `{"password":"guess","new":"correct horse"}`), 403, `{"error":"That is not your password."}`)
	c.want(c.send("POST", "/account/password", `{"password":"password","new":"sevenäö"}`), 422, `{"error":"A password has 8 characters or more."}`)
	phone.want(phone.send("GET", "/profile", ""), 200, `{"user_id":2,"username":"ann"}`)

	c.want(c.send("POST", "/account/password", `{"password":"password","new":"correct horse"}`), 200,
		`{"message":"Your password is changed. 1 other device is logged out."}`)
	for _, other := range []*client{phone, before} {
		other.want(other.send("GET", "/profile", ""), 302, "/login")
	}
	c.want(c.send("GET", "/profile", ""), 200, `{"user_id":2,"username":"ann"}`)
	phone.want(phone.send("POST", "/login", annForm), 401, `{"error":"Invalid credentials"}`)
	phone.want(phone.send("POST", "/login", "username=ann&password=correct+horse"), 200, `{"message":"Login successful"}`)
	login(adminForm, before)
	before.want(before.send("GET", "/profile", ""), 200, `{"user_id":1,"username":"admin"}`)
}

func TestSensitiveThingsNeedARecentLogin(t *testing.T) {
	b := newBrowser(t)
	phone := b.other()
	login(annForm, b, phone)
	handle := b.devices()[1]
	stop(t, b.app)
	b.app = startWith(t, settings{directory: b.app.directory, users: b.app.users, recent: time.Nanosecond}) // every login is long ago
	for _, target := range []string{"/account/devices/" + handle + "/end", "/account/devices/end-others", "/account/logout-everywhere"} {
		b.want(b.send("POST", target, ""), 303, "/login?again")
	}
	b.wantPage(b.send("GET", "/account", ""), "Where you are logged in")
	b.wantPage(b.send("GET", "/login?again", ""), "Is it still you?", `action="/login?again"`, `value="ann"`)
	b.want(b.send("POST", "/login?again", "username=ann&password=guess"), 303, "/login?again")
	b.want(b.send("POST", "/login?again", annForm), 303, "/account")
	phone.app, phone.accept = b.app, "*/*"
	phone.want(phone.send("GET", "/profile", ""), 200, `{"user_id":2,"username":"ann"}`)
}

func TestAccountIsForThoseWhoAreLoggedIn(t *testing.T) {
	b := newBrowser(t)
	for method, targets := range map[string][]string{
		"GET":  {"/account"},
		"POST": {"/account/password", "/account/devices/x/end", "/account/devices/end-others", "/account/logout-everywhere"},
	} {
		for _, target := range targets {
			b.want(b.send(method, target, ""), 303, "/login")
		}
	}
}

func TestBrowserSeesAndEndsDevices(t *testing.T) {
	b := newBrowser(t)
	phone := b.other()
	login(annForm, b, phone)
	handle := phone.devices()[0]
	b.wantPage(b.send("GET", "/account", ""), "this one", `action="/account/devices/`+handle+`/end"`, "Log out all others", "Log out everywhere")
	b.want(b.send("POST", "/account/devices/"+handle+"/end", ""), 303, "/account")
	rec := b.send("GET", "/account", "")
	b.wantPage(rec, `<p class="flash good" role="status">The device is logged out.</p>`)
	if strings.Contains(rec.Body.String(), handle) || strings.Contains(rec.Body.String(), "all others") {
		t.Error("the device is still listed")
	}
	b.want(b.send("POST", "/account/password", "password=guess&new=correct+horse"), 303, "/account")
	b.wantPage(b.send("GET", "/account", ""), `<p class="flash" role="alert">That is not your password.</p>`)
	b.want(b.send("POST", "/account/logout-everywhere", ""), 303, "/")
	b.want(b.send("GET", "/account", ""), 303, "/login")
}

func TestAdministratorAloneSeesTheAdminPage(t *testing.T) {
	b := newBrowser(t)
	ann := b.other()
	b.want(b.send("GET", "/admin/", ""), 303, "/login")
	login(annForm, ann)
	if rec := ann.send("GET", "/admin/sessions", ""); rec.Code != 403 {
		t.Errorf("ann is answered %d", rec.Code)
	}
	if rec := ann.send("GET", "/profile", ""); strings.Contains(rec.Body.String(), "/admin/") {
		t.Error("ann is shown the way")
	}
	login(adminForm, b)
	b.wantPage(b.send("GET", "/profile", ""), `href="/admin/"`)
	b.wantPage(b.send("GET", "/admin/", ""), "Overview")
	b.wantPage(b.send("GET", "/admin/sessions?q=ann", ""), "1 session", "ann")
	b.want(b.send("POST", "/admin/end", "what=user&user=ann"), 303, "sessions?ended=1&q=ann")
	ann.want(ann.send("GET", "/profile", ""), 302, "/login")
}

func TestNoOtherSiteChangesAnAccount(t *testing.T) {
	b := newBrowser(t)
	login(adminForm, b)
	for _, target := range []string{"/account/logout-everywhere", "/account/password", "/admin/end"} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", target, strings.NewReader("password=password&new=correct+horse&what=everybody&sure=yes"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if rec := b.Do(b.app, r); rec.Code != 403 {
			t.Errorf("%s is answered %d %s", target, rec.Code, rec.Body)
		}
	}
	b.wantPage(b.send("GET", "/profile", ""), "<h1>admin</h1>")
}
