package devicebound_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
	"github.com/proapi-go/proapi/session/devicebound"
)

func TestAdministratorSeesWhichSessionsAreBound(t *testing.T) {
	m := newManager(t, devicebound.Options{})
	b := newBrowser(t, m)
	b.send("POST", "/login")
	page, err := admin.New(m, admin.Options{Authorize: func(*http.Request) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = page.Close() })
	shows := func(path, text string, want bool) {
		t.Helper()
		rec := httptest.NewRecorder()
		page.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		wantStatus(t, rec, http.StatusOK)
		if got := strings.Contains(rec.Body.String(), text); got != want {
			t.Errorf("%s shows %q: %t, want %t", path, text, got, want)
		}
	}
	shows("/sessions", `title="bound to its device"`, false)
	b.register()
	shows("/sessions", `title="bound to its device"`, true)
	shows("/session?user=ann&handle="+handleOf(t, m), "bound to it, by a key", true)
}

func handleOf(t *testing.T, m *session.Manager) string {
	t.Helper()
	devices, err := m.Devices(t.Context(), "ann")
	if err != nil || len(devices) != 1 || !devices[0].DeviceBound {
		t.Fatalf("the devices are %+v, %v, want one that is bound", devices, err)
	}
	return devices[0].Handle
}
