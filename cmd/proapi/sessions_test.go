package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

func TestSessionsAreListedForPeopleAndPrograms(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		wantText(t, s.want(exitDone, "list"), "There are none.")
		s.visitor("ann")
		s.visitor("ann")
		s.visitor("eve")
		s.visitor("")
		wantText(t, s.want(exitDone, "list"), "HANDLE", "ann", "eve", "Firefox on Linux", "192.0.2.1", "now")

		for filter, n := range map[string]int{
			"": 4, "--user ann": 2, "--anonymous": 1, "--idle 1h": 0, "--older 0.5d": 0, "--user nobody": 0, "--limit 2": 2,
		} {
			out := s.want(exitDone, append([]string{"list", "--json"}, strings.Fields(filter)...)...)
			out, _, _ = strings.Cut(out, "There are more")
			found := objects(t, out)
			if len(found) != n {
				t.Errorf("list %s finds %d, want %d", filter, len(found), n)
			}
			for _, o := range found {
				if created, err := time.Parse(time.RFC3339, o["created"].(string)); err != nil || time.Since(created) > time.Minute {
					t.Errorf("created is %v", o["created"])
				}
			}
		}
	})
}

func TestSessionIsShownAndItsValuesOnlyWhenAskedFor(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.visitor("ann")
		handle := s.handles("ann")[0]
		out := s.want(exitDone, "show", handle)
		wantText(t, out, "ann", "theme", "5 B", "Firefox on Linux")
		if strings.Contains(out, "dark") {
			t.Errorf("the value is shown:\n%s", out)
		}
		wantText(t, s.want(exitDone, "show", handle, "--values", "--user", "ann"), `"dark"`)
		wantText(t, s.want(exitDone, "show", handle, "--values", "--json"), `"values":{"theme":"dark"}`)
		wantText(t, s.want(exitDone, "show", handle, "--json"), `"sizes":{"theme":5}`)
		wantText(t, s.want(exitNotFound, "show", "0123456789abcdef"), "no such session")
		wantText(t, s.want(exitNotFound, "show", handle, "--user", "eve"), "no such session")

		t.Setenv("PROAPI_SESSION_SECRET_KEY", "")
		wantText(t, s.want(exitDone, "show", handle), "ann", "set PROAPI_SESSION_SECRET_KEY")
	})
}

func (s *shop) handles(user string) (handles []string) {
	s.t.Helper()
	devices, err := s.m.Devices(s.t.Context(), user)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range devices {
		handles = append(handles, d.Handle)
	}
	return handles
}

func TestRevokedSessionHasEndedInTheApplication(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ann, other, eve, nobody := s.visitor("ann"), s.visitor("ann"), s.visitor("eve"), s.visitor("")
		handle := s.handles("eve")[0]
		if out := s.want(exitUsage, "revoke", handle); !strings.Contains(out, "not confirmed") || eve.UserID() != "eve" {
			t.Errorf("without a yes: %s", out)
		}
		wantText(t, s.want(exitDone, "revoke", handle, "--dry-run"), "1")
		wantText(t, s.want(exitNotFound, "revoke", handle, "0123456789abcdef", "--yes"), "nothing was ended")
		if eve.UserID() != "eve" {
			t.Fatal("the session has ended before anybody said so")
		}
		wantText(t, s.want(exitDone, "revoke", handle, "--yes"), "1")
		if eve.UserID() != "" {
			t.Error("the session goes on")
		}
		wantText(t, s.want(exitNotFound, "revoke", handle, "--yes"), "no such session")

		wantText(t, want(t, exitDone, "yes\n", "sessions", "revoke", "--store", s.url, "--user", "ann", "--json"), `{"revoked":2}`, "End 2 sessions?")
		if ann.UserID()+other.UserID() != "" {
			t.Error("the user's sessions go on")
		}
		wantText(t, s.want(exitDone, "revoke", "--anonymous", "--yes"), "1")
		if len(nobody.Values()) > 0 {
			t.Error("nobody's session goes on")
		}
	})
}

func TestEverybodysSessionsEnd(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.visitor("ann")
		s.visitor("")
		wantText(t, s.want(exitDone, "revoke", "--all", "--yes"), "everybody")
		wantText(t, s.want(exitDone, "stats", "--json"), `"sessions":2`) // they are there until they are swept, and no manager takes them
		wantText(t, s.want(exitDone, "list"), "There are none.")
	})
}

func TestSessionsAreCountedSweptAndVerified(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.visitor("ann")
		s.visitor("ann")
		s.visitor("")
		counted := objects(t, s.want(exitDone, "stats", "--json"))[0]
		for name, n := range map[string]float64{"sessions": 3, "logged_in": 2, "users": 1, "created_in_last_hour": 3, "used_in_last_5_minutes": 3} {
			if counted[name] != n {
				t.Errorf("%s is %v, want %v", name, counted[name], n)
			}
		}
		wantText(t, s.want(exitDone, "stats"), "sessions", "3")
		wantText(t, s.want(exitDone, "verify"), "checked", "3", "faults")
		s.want(exitDone, "sweep")

		t.Setenv("PROAPI_SESSION_SECRET_KEY", strings.Repeat("another", 8))
		wantText(t, s.want(exitUnsound, "verify"), "do not open", "3 faults")
		t.Setenv("PROAPI_SESSION_SECRET_KEY", "")
		wantText(t, s.want(exitDone, "verify"), "not checked")
	})
}

func TestVerifyFindsWhatCannotBe(t *testing.T) {
	now := time.Now()
	for want, rec := range map[string]session.Record{
		"future":            {Version: 1, Created: now.Add(time.Hour), Seen: now.Add(time.Hour), Expires: now.Add(2 * time.Hour)},
		"used in":           {Version: 1, Created: now, Seen: now.Add(time.Hour), Expires: now.Add(2 * time.Hour)},
		"before it began":   {Version: 1, Created: now, Seen: now.Add(-time.Hour), Expires: now.Add(2 * time.Hour)},
		"lasts longer":      {Version: 1, Created: now, Seen: now, Expires: now.Add(402 * day)},
		"it has no version": {Created: now, Seen: now, Expires: now.Add(time.Hour)},
	} {
		if faults := strings.Join(faultsOf(&rec, now), ", "); !strings.Contains(faults, want) {
			t.Errorf("found %q, want %q", faults, want)
		}
	}
}

func TestMigrateMovesEverySession(t *testing.T) {
	s := open(t, "file:"+t.TempDir()+"/old")
	s.visitor("ann")
	for range 20 {
		s.visitor("")
	}
	target := "file:" + t.TempDir() + "/new"
	want(t, exitUsage, "no", "sessions", "migrate", "--store", s.url, "--to", target)
	wantText(t, s.want(exitDone, "migrate", "--to", target, "--yes", "--json"), `"moved":21`)
	wantText(t, s.want(exitDone, "migrate", "--to", target, "--yes"), "moved before", "21")

	moved := open(t, target)
	if d, err := moved.m.Devices(t.Context(), "ann"); err != nil || len(d) != 1 {
		t.Errorf("the user has %d sessions in the new store, %v", len(d), err)
	}
	wantText(t, moved.want(exitDone, "verify"), "21")
}

func TestStoreComesFromTheApplicationsEnvironment(t *testing.T) {
	s := open(t, "file:"+t.TempDir()+"/with%20space")
	s.visitor("ann")
	directory, _ := url.PathUnescape(strings.TrimPrefix(s.url, "file:"))
	t.Setenv("PROAPI_SESSION_BACKEND", "file")
	t.Setenv("PROAPI_SESSION_BACKEND_OPTIONS", "directory="+directory+",sync=always")
	wantText(t, want(t, exitDone, "", "sessions", "list"), "ann")
	t.Setenv("PROAPI_SESSION_BACKEND", "redis")
	wantText(t, want(t, exitUsage, "", "sessions", "list"), "no url", "--store")
	t.Setenv("PROAPI_SESSION_BACKEND", "migrating")
	wantText(t, want(t, exitUsage, "", "sessions", "list"), "which of them")
	t.Setenv("PROAPI_SESSION_MAX_AGE", "soon")
	wantText(t, want(t, exitUsage, "", "sessions", "list"), "PROAPI_SESSION_MAX_AGE")
}

func TestWrongCommandLinesSayWhatWouldBeRight(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for line, says := range map[string]string{
		"2 sessions list": "where are the sessions?",
		"2 sessions list --store file:x --limit -1":                     "--limit",
		"2 sessions list --store file:x --idle soon":                    "such as 90s",
		"2 sessions list extra --store file:x":                          "extra",
		"2 sessions lst":                                                "unknown command",
		"2 sessions list --user a --anonymous --store file:x":           "drop it, or --user",
		"2 sessions show --store file:x":                                "arg",
		"2 sessions revoke --store file:x":                              "which sessions?",
		"2 sessions revoke --all --user a --store file:x":               "everybody",
		"2 sessions revoke 3f0c --idle 1h --store file:x":               "drop one",
		"2 sessions revoke --all --dry-run --store file:x":              "stats",
		"2 sessions migrate --store file:x":                             "--to",
		"2 sessions migrate --store file:x --to file:y --workers 0":     "--workers",
		"1 sessions list --store file:" + missing:                       "no such file",
		"1 sessions migrate --yes --to memory: --store file:" + missing: "no such file",
		"1 sessions list --store ftp://u:hidden@h":                      "unknown scheme",
		"2 keygen 64": "unknown command",
		"2 new":       "arg",
	} {
		code, line, _ := strings.Cut(line, " ")
		out := want(t, int(code[0]-'0'), "", strings.Fields(line)...)
		wantText(t, out, says)
		if strings.Contains(out, "hidden") {
			t.Errorf("the password is printed: %s", out)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("looking made the directory")
	}
}

func TestStoreThatIsDownIsAFailure(t *testing.T) {
	out := want(t, exitFailed, "", "sessions", "list", "--store", "redis://user:hidden@127.0.0.1:1")
	if strings.Contains(out, "hidden") {
		t.Errorf("the password is printed: %s", out)
	}
}

func TestInterruptedCommandEnds(t *testing.T) {
	s := open(t, "file:"+t.TempDir()+"/sessions")
	s.visitor("ann")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	if code := run(ctx, []string{"sessions", "stats", "--store", s.url}, strings.NewReader(""), &out, &out); code != exitFailed {
		t.Errorf("exit code %d: %s", code, &out)
	}
}
