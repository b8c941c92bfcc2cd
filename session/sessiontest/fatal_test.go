package sessiontest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
)

// A fatal is a testing.TB that remembers how the test ended.
type fatal struct {
	testing.TB

	said string
}

func (f *fatal) Helper() {}

func (f *fatal) Fatal(args ...any) {
	f.said = fmt.Sprint(args...)
	runtime.Goexit()
}

func (f *fatal) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

func TestWhatCannotWorkEndsTheTest(t *testing.T) {
	for _, test := range []struct {
		name string
		test func(f *fatal, m *session.Manager)
		says string
	}{
		{"no sessions", func(f *fatal, _ *session.Manager) { sessiontest.New(f, nil) }, "EnableSessions"},
		{"a value that cannot be stored", func(f *fatal, m *session.Manager) {
			sessiontest.New(f, m).Set(map[string]any{"f": func() {}})
		}, `status 500: session: the value of "f"`},
		{"a user without a name", func(f *fatal, m *session.Manager) { sessiontest.New(f, m).Login("") }, "needs a user"},
		{"a session that ended a moment ago", func(f *fatal, m *session.Manager) {
			v := sessiontest.New(f, m)
			v.Login("1")
			late := v.Copy()
			v.Use((*session.Session).Logout)
			late.Set(map[string]any{"a": 1})
		}, "nothing was stored"},
		{"a store that is closed", func(f *fatal, m *session.Manager) {
			v := sessiontest.New(f, m)
			v.Login("1")
			_ = m.Close()
			v.Values()
		}, "status 503: session: store unavailable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &fatal{TB: t}
			m := newManager(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				test.test(f, m)
			}()
			<-done
			if !strings.Contains(f.said, test.says) || !strings.HasPrefix(f.said, "sessiontest: ") {
				t.Errorf("the test ended with %q, want %q", f.said, test.says)
			}
		})
	}
}
