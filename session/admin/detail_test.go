package admin_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
)

func TestSessionIsShownWithKeysAndSizes(t *testing.T) {
	onEachBackend(t, func(t *testing.T, o session.Options) {
		a := newApp(t, o)
		ann, root := a.login(t, "ann"), a.login(t, "root")
		ann.post("/set", "key=card&value=4111-1111")
		target := "/admin/session?user=ann&handle=" + handleOf(t, a, "ann")
		for _, target := range []string{target, target + "&values=1"} {
			root.wantText(target, "Firefox on Linux", "192.0.2.1", "2 times", ">card</th><td>10 B</td>", "-4111", "-Show the values", "-Logged in</dt><dd>–")
		}
		root.wantText(strings.Replace(target, "user=ann&", "", 1), "Firefox on Linux") // such as the log names it
		root.wantText(strings.Replace(target, "ann", "root", 1), "There is no such session")
	})
}

func TestValuesAreShownToWhoMayAndAsks(t *testing.T) {
	var log strings.Builder
	a := newApp(t, session.Options{}, func(o *admin.Options) {
		o.ShowValues, o.Logger = true, slog.New(slog.NewTextHandler(&log, nil))
	})
	ann, root := a.login(t, "ann"), a.login(t, "root")
	ann.post("/set", "key=note&value=<script>1</script>")
	handle := handleOf(t, a, "ann")
	target := "/admin/session?user=ann&handle=" + handle
	root.wantText(target, "-script&gt;1", "Show the values")
	if log.Len() > 0 {
		t.Errorf("the log has %s", &log)
	}
	root.wantText(target+"&values=1", `script\u003e1`, "-<script>1", "-Show the values")
	if got := log.String(); !strings.Contains(got, "values shown") || !strings.Contains(got, handle) || strings.Contains(got, "ann") || strings.Contains(got, "script") {
		t.Errorf("the log has %s", got)
	}
}

func TestValuesThatDoNotOpenAreNotAnError(t *testing.T) {
	o := session.Options{Backend: "file", BackendOptions: session.BackendOptions{"directory": t.TempDir() + "/sessions"}, EncryptionKey: strings.Repeat("k", 40)}
	before := newApp(t, o)
	before.login(t, "ann")
	handle := handleOf(t, before, "ann")
	o.EncryptionKey = strings.Repeat("x", 40)
	a := newApp(t, o)
	root := a.login(t, "root")
	root.wantText("/admin/session?user=ann&handle="+handle, "The values do not open", "-Firefox")
	root.wantText("/admin/end?what=session&user=ann&handle="+handle, "End this session?")
}
