package session_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/proapi-go/proapi/session"
)

// handedBack is a store that gives everybody the same record, whatever was saved.
type handedBack struct{ record session.Record }

func (s *handedBack) Load(context.Context, session.Key) (session.Record, error) {
	if s.record.Version == 0 {
		return session.Record{}, session.ErrNotFound
	}
	return s.record, nil
}
func (*handedBack) Save(context.Context, session.Key, session.Record) error { return nil }
func (*handedBack) Delete(context.Context, session.Key, time.Time) error    { return nil }

// use does everything with a session that a handler can.
func use(s *session.Session) {
	for key := range s.All() {
		s.Get(key)
		_, _ = session.Value[map[string]string](s, key)
		_, _ = session.Value[[]int](s, key)
		s.Pop(key)
	}
	increment(s, "n")
	s.Set("cart", []string{"tea"})
	s.AddFlash("hello")
	s.Flashes()
	_, _, _ = s.UserID(), s.CreatedAt(), s.ExpiresAt()
	_ = s.AuthenticatedAt()
}

// FuzzHandedBack shows that a record in which anything stands is a session, or none, and never a panic: a disk or an engine may
// hand back what it likes. Where values are encrypted, it is none.
func FuzzHandedBack(f *testing.F) {
	now := time.Now()
	f.Add(uint64(1), now.UnixMicro(), now.UnixMicro(), "ada", []byte{1})
	f.Add(uint64(3), int64(0), int64(1)<<62, "", []byte{1, 1, 'n', 1, 5})
	f.Add(uint64(1)<<63, now.UnixMicro(), int64(-1), "\x00\xff", binary.AppendUvarint([]byte{1}, 1<<62))
	f.Add(uint64(2), now.UnixMicro(), now.UnixMicro(), "ada", []byte{2, 7, 0, 0, 0, 0})
	s := &handedBack{}
	var managers []*session.Manager
	for _, encrypt := range []session.Switch{session.Off, session.On} {
		m, err := session.New(session.Options{SecretKey: secret, Store: s, Encrypt: encrypt, Logger: slog.New(slog.DiscardHandler), RenewOn: []string{}})
		if err != nil {
			f.Fatal(err)
		}
		managers = append(managers, m)
	}
	f.Fuzz(func(t *testing.T, version uint64, created, seen int64, user string, values []byte) {
		for i, m := range managers {
			s.record = session.Record{}
			v := &visitor{m: m}
			v.use(func(*session.Session) {})
			s.record = session.Record{
				Version: version, Created: time.UnixMicro(created).UTC(), Seen: time.UnixMicro(seen).UTC(),
				Expires: now.Add(time.Hour), User: user, Values: values,
			}
			var is string
			a := v.use(func(s *session.Session) { is = s.UserID(); use(s) })
			if a.Code != http.StatusOK && a.Code != http.StatusInternalServerError || a.Code != http.StatusOK && i == 1 {
				t.Errorf("answered %d", a.Code)
			}
			if i == 1 && is != "" {
				t.Error("a record that nobody can have sealed is somebody's session")
			}
		}
	})
}
