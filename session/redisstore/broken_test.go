package redisstore_test

import (
	"errors"
	"testing"

	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/redisstore"
)

// Who writes nonsense under the keys of a user's sessions must not keep that user's other sessions from being listed and
// revoked, nor its visitor from a new session.
func TestWhatIsNoSessionIsToldAndPassedBy(t *testing.T) {
	t.Parallel()
	server := testredis.Start(t)
	s := opened(t, session.BackendOptions{"url": "redis://" + server.Addr()})
	for what, write := range map[string]func(name string){
		"text":           func(name string) { server.Do(t, "SET", name, "hello") },
		"nothing":        func(name string) { server.Do(t, "SET", name, "") },
		"half a record":  func(name string) { server.Do(t, "SET", name, "S12345678\x01abc") },
		"another format": func(name string) { server.Do(t, "SETRANGE", name, "9", "\x09") },
		"a list":         func(name string) { server.Do(t, "DEL", name); server.Do(t, "RPUSH", name, "x") },
	} {
		whole, rec := saved(t, s, "x")
		broken, _ := saved(t, s, "x")
		write(redisstore.KeyName(s, broken))
		_, err := s.Load(t.Context(), broken)
		var told *session.BrokenError
		if !errors.Is(err, session.ErrNotFound) || !errors.As(err, &told) {
			t.Errorf("%s: %v, want a BrokenError that is an ErrNotFound", what, err)
		}
		found := false
		for e, err := range s.ListUser(t.Context(), rec.User) {
			if err != nil {
				t.Fatalf("%s: the list fails: %v", what, err)
			}
			found = found || e.Key == whole
			if e.Key == broken {
				t.Errorf("%s is listed", what)
			}
		}
		for _, err := range s.List(t.Context()) {
			if err != nil {
				t.Fatalf("%s: the list of all fails: %v", what, err)
			}
		}
		if !found {
			t.Errorf("%s keeps another session from being listed", what)
		}
	}
}
