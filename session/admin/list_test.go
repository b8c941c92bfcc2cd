package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/admin"
	"github.com/proapi-go/proapi/session/memstore"
	_ "github.com/proapi-go/proapi/session/pgstore"    // registers its backend
	_ "github.com/proapi-go/proapi/session/redisstore" // registers its backend
)

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

// onEachBackend runs a test on all backends. Those that need a server are skipped where that is not installed.
func onEachBackend(t *testing.T, test func(t *testing.T, o session.Options)) {
	t.Helper()
	for name, options := range map[string]func(t *testing.T) session.BackendOptions{
		"memory": func(*testing.T) session.BackendOptions { return nil },
		"file": func(t *testing.T) session.BackendOptions {
			return session.BackendOptions{"directory": t.TempDir() + "/sessions"}
		},
		"redis": func(t *testing.T) session.BackendOptions {
			return session.BackendOptions{"url": "redis://" + testredis.Start(t).Addr()}
		},
		"postgres": func(t *testing.T) session.BackendOptions {
			return session.BackendOptions{"url": testpostgres.Database(t)}
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, session.Options{Backend: name, BackendOptions: options(t)}) })
	}
}

// wantText checks that a page has the texts, and not those that begin with a dash.
func (c *client) wantText(target string, texts ...string) {
	c.t.Helper()
	rec := c.get(target)
	page := strings.Join(strings.Fields(rec.Body.String()), " ")
	_, page, _ = strings.Cut(page, "<main")
	for _, text := range texts {
		if absent, ok := strings.CutPrefix(text, "-"); ok == strings.Contains(page, absent) {
			c.t.Errorf("%s, which is %d: %q\n%s", target, rec.Code, text, page)
		}
	}
}

func TestSessionsAreListedAndFound(t *testing.T) {
	onEachBackend(t, func(t *testing.T, o session.Options) {
		a := newApp(t, o)
		root := a.login(t, "root")
		a.login(t, "ann")
		a.login(t, "ann")
		a.login(t, "joann@example.com")
		a.login(t, "<b>eve</b>")
		a.visitor(t).post("/set", "key=k&value=v")

		root.wantText("/admin/sessions", "6 sessions, used last first.", "&lt;b&gt;eve&lt;/b&gt;", "-<b>eve", "nobody", "Firefox on Linux", "192.0.2.1", ">you<")
		root.wantText("/admin/sessions?q=ann", "2 sessions, used last first.", "End all of this user", "-joann")
		root.wantText("/admin/sessions?q=+ann%20", "2 sessions, used last first.")
		root.wantText("/admin/sessions?q=JOANN", "1 session, used last first: nobody has exactly this name", "joann@example.com", "-End all of this user")
		root.wantText("/admin/sessions?q="+handleOf(t, a, "joann@example.com"), "1 session,", "joann@example.com")
		root.wantText("/admin/sessions?q=peter", "No session found")
	})
}

func TestLongListsAreReadInPartAndShownInPages(t *testing.T) {
	a := newApp(t, session.Options{}, func(o *admin.Options) { o.ListLimit = 120 })
	root := a.login(t, "root")
	for i := range 119 {
		a.login(t, fmt.Sprint("user", i))
	}
	root.wantText("/admin/sessions", "1 to 50 of 120 sessions", "-The store has more", "Page 1 of 3", `href="sessions?page=2"`, "-Previous")
	root.wantText("/admin/sessions?page=3", "101 to 120 of 120 sessions", "Page 3 of 3", `href="sessions?page=2"`, "->Next<")
	for _, wrong := range []string{"-1", "0", "x", "1.5"} {
		root.wantText("/admin/sessions?page="+wrong, "Page 1 of 3")
	}
	root.wantText("/admin/sessions?page=99999999999999999999", "Page 3 of 3")
	root.wantText("/admin/sessions?q=user&page=2", "51 to 100 of 119 sessions", `href="sessions?page=3&amp;q=user"`)
	seen := map[string]bool{}
	for page := 1; page <= 3; page++ {
		for _, m := range strings.Split(root.get(fmt.Sprint("/admin/sessions?page=", page)).Body.String(), "handle=")[1:] {
			seen[m[:16]] = true
		}
	}
	if len(seen) != 120 {
		t.Errorf("the pages show %d sessions, want 120", len(seen))
	}

	a.login(t, "one more")
	root.wantText("/admin/sessions", "of 120 sessions", "The store has more</strong>: only 120 sessions were read")
	for range 121 {
		a.login(t, "busy")
	}
	root.wantText("/admin/sessions?q=busy", "of 120 sessions", "The store has more")
	root.wantText("/admin/end?what=user&user=busy", "There are more than 120.")
}

// plain is a store that is nothing but a store, and may be down.
type plain struct {
	store session.Store
	down  atomic.Bool
}

var errDown = errors.New("the store is down")

func (p *plain) Load(ctx context.Context, key session.Key) (session.Record, error) {
	if p.down.Load() {
		return session.Record{}, errDown
	}
	return p.store.Load(ctx, key)
}

func (p *plain) Save(ctx context.Context, key session.Key, rec session.Record) error {
	if p.down.Load() {
		return errDown
	}
	return p.store.Save(ctx, key, rec)
}

func (p *plain) Delete(ctx context.Context, key session.Key, until time.Time) error {
	return p.store.Delete(ctx, key, until)
}

func newMemory(t *testing.T) *memstore.Store {
	t.Helper()
	s, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStoreThatCannotListSaysSo(t *testing.T) {
	a := newApp(t, session.Options{Store: &plain{store: newMemory(t)}})
	root, ann := a.login(t, "root"), a.login(t, "ann")
	root.wantText("/admin/", "this store cannot count them")
	root.wantText("/admin/sessions", "This store cannot list sessions", "End everybody’s sessions")
	root.wantText("/admin/sessions?q=ann", "This store cannot list sessions")
	if rec := root.post("/admin/end", "what=everybody&sure=yes"); rec.Code != 200 {
		t.Errorf("everybody's end is answered %d", rec.Code)
	}
	if got := ann.get("/user").Body.String(); got != ";0" {
		t.Errorf("the session is %q after everybody's end", got)
	}
}

// lister is a plain store that lists.
type lister struct {
	plain
	session.Lister
}

func TestStoreThatIsDownSaysSo(t *testing.T) {
	memory := newMemory(t)
	store := &lister{plain: plain{store: memory}, Lister: memory}
	a := newApp(t, session.Options{Store: store}, everybodyMay)
	a.login(t, "ann")
	handle := handleOf(t, a, "ann")
	store.down.Store(true)
	c := a.visitor(t)
	for _, leaf := range []string{"session?user=ann&handle=" + handle} {
		if rec := c.get("/admin/" + leaf); rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "does not answer") {
			t.Errorf("%s is answered %d: %s", leaf, rec.Code, rec.Body)
		}
	}
	if rec := c.get("/admin/"); rec.Code != 200 {
		t.Errorf("the overview is answered %d", rec.Code)
	}
	if rec := c.post("/admin/end", "what=everybody&sure=yes"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("everybody's end is answered %d", rec.Code)
	}
}
