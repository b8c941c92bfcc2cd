package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/store"
)

func TestListYieldsWhatStaysOnceWhileTheRestComesAndGoes(t *testing.T) {
	const n, churn = 10_000, 1_000_000
	s := newStore(t, memstore.Options{})
	for i := range n {
		saveOf(t, s, keyOf(i), "ada", i%300)
	}
	for name, list := range map[string]iter.Seq2[store.Entry, error]{
		"List": s.List(t.Context()), "ListUser": s.ListUser(t.Context(), "ada"),
	} {
		seen, read, next := map[store.Key]int{}, 0, churn
		for e, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			seen[e.Key]++
			if read++; read > n/2 { // the store grows to five times its size, and shrinks again
				removeKeys(t, s, next-4, next)
				next -= 4
			} else {
				for range 8 {
					saveOf(t, s, keyOf(next), "ada", next%300)
					next++
				}
			}
		}
		for i := range n {
			if times := seen[keyOf(i)]; times != 1 {
				t.Fatalf("%s: what was there all the time is yielded %d times", name, times)
			}
		}
		removeKeys(t, s, churn, next)
		check(t, s)
	}
}

func TestListsLeaveOutWhatHasExpiredOrEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, memstore.Options{SweepInterval: time.Hour})
		for i := range 3 {
			rec := newRecord(10)
			rec.User, rec.Expires = "ada", time.Now().Add(time.Duration(i+1)*time.Minute)
			save(t, s, keyOf(i), rec)
		}
		if err := s.Delete(t.Context(), keyOf(2), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		for name, list := range map[string]iter.Seq2[store.Entry, error]{
			"List": s.List(t.Context()), "ListUser": s.ListUser(t.Context(), "ada"),
		} {
			if got := keys(t, list); !slices.Equal(got, []store.Key{keyOf(1)}) {
				t.Errorf("%s yields %d records, want the one that is left", name, len(got))
			}
		}
	})
}

func TestListOfAUserFollowsLoginsAndLogouts(t *testing.T) {
	s := newStore(t, memstore.Options{})
	rec := newRecord(50)
	for _, user := range []string{"", "ada", "ada", "bob", "", "ada"} {
		rec.User = user
		save(t, s, keyOf(1), rec)
		rec.Version++
		for _, of := range []string{"", "ada", "bob", "nobody"} {
			want := 0
			if of != "" && of == user {
				want = 1
			}
			if got := keys(t, s.ListUser(t.Context(), of)); len(got) != want {
				t.Errorf("while the session is %q's, %q has %d, want %d", user, of, len(got), want)
			}
		}
		check(t, s)
	}
}

func TestRefusedSaveLeavesTheRecordToItsUser(t *testing.T) {
	s := newStore(t, memstore.Options{MaxBytes: 400})
	saveOf(t, s, keyOf(1), "ada", 10)
	stale, long := load(t, s, keyOf(1)), load(t, s, keyOf(1))
	stale.User, stale.Version = "bob", 7
	long.User, long.Values = "bob", make([]byte, 500)
	if err := s.Save(t.Context(), keyOf(1), stale); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Save returned %v, want ErrConflict", err)
	}
	if err := s.Save(t.Context(), keyOf(1), long); !errors.Is(err, store.ErrFull) {
		t.Errorf("Save returned %v, want ErrFull", err)
	}
	if ada, bob := keys(t, s.ListUser(t.Context(), "ada")), keys(t, s.ListUser(t.Context(), "bob")); len(ada) != 1 || len(bob) != 0 {
		t.Errorf("ada has %d records and bob %d, want 1 and 0", len(ada), len(bob))
	}
	check(t, s)
}

// What an index knows of a key or a user is four bytes, which two may share.
func TestListsTellApartWhatAnIndexCannot(t *testing.T) {
	s := newStore(t, memstore.Options{})
	ada, bob := usersWithOneTag(s)
	one, other, two, three := keyOf(1), keyOf(1), keyOf(1), keyOf(1)
	other[8]++ // in the same shard, with another tag
	other[31]++
	two[31] += 2
	three[31] += 3
	saveOf(t, s, one, ada, 10)
	saveOf(t, s, other, ada, 10)
	saveOf(t, s, two, ada, 10)
	saveOf(t, s, three, bob, 10)
	for name, tt := range map[string]struct {
		list iter.Seq2[store.Entry, error]
		want []store.Key
	}{
		"List":        {s.List(t.Context()), []store.Key{one, other, two, three}},
		"ListUser":    {s.ListUser(t.Context(), ada), []store.Key{one, other, two}},
		"the other's": {s.ListUser(t.Context(), bob), []store.Key{three}},
	} {
		got := keys(t, tt.list)
		slices.SortFunc(got, func(a, b store.Key) int { return int(a[31]) - int(b[31]) })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s yields %d keys, want %d", name, len(got), len(tt.want))
		}
	}
	check(t, s)
}

func TestListsReaderOwnsWhatItGetsAndMayStop(t *testing.T) {
	s := newStore(t, memstore.Options{})
	saveOf(t, s, keyOf(1), "ada", 10)
	saveOf(t, s, keyOf(2), "ada", 10)
	for e, err := range s.ListUser(t.Context(), "ada") {
		if err != nil {
			t.Fatal(err)
		}
		e.Record.Values[0] = 1
		if got := load(t, s, e.Key); got.Values[0] != 0 {
			t.Error("the reader's bytes are the store's")
		}
		removeKeys(t, s, 1, 3) // nothing is locked
		break
	}
	if n := s.Len(); n != 0 {
		t.Errorf("%d records are left", n)
	}
}

func TestListEndsWithItsContextAndItsStore(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(cancel func(), s *memstore.Store)
		want error
	}{
		"canceled": {func(cancel func(), _ *memstore.Store) { cancel() }, context.Canceled},
		"closed":   {func(_ func(), s *memstore.Store) { _ = s.Close() }, memstore.ErrClosed},
	} {
		for _, after := range []int{0, 1, 500} {
			s := newStore(t, memstore.Options{})
			for i := range 1000 {
				saveOf(t, s, keyOf(i), "ada", 10)
			}
			for which := range 2 {
				ctx, cancel := context.WithCancel(t.Context())
				list := []iter.Seq2[store.Entry, error]{s.List(ctx), s.ListUser(ctx, "ada")}[which]
				if read, err := readUntil(list, after, func() { tt.end(cancel, s) }); !errors.Is(err, tt.want) || read > after {
					t.Errorf("%s after %d: a list yields %d more, %v, want %v at once", name, after, read-after, err, tt.want)
				}
				cancel()
				if name == "closed" {
					after = 0 // for the second list too
				}
			}
		}
	}
}

// readUntil reads a list, calls end when it has yielded the given number of entries, and returns how many there were.
func readUntil(list iter.Seq2[store.Entry, error], after int, end func()) (read int, last error) {
	if after == 0 {
		end()
	}
	for e, err := range list {
		if last != nil {
			return read, errors.New("the list went on after an error")
		}
		if last = err; err != nil {
			if e.Key != (store.Key{}) {
				return read, errors.New("an entry came with an error")
			}
			continue
		}
		if read++; read == after {
			end()
		}
	}
	return read, last
}

func usersWithOneTag(s *memstore.Store) (one, other string) {
	users := map[uint32]string{}
	for i := 0; ; i++ {
		user := fmt.Sprint(i)
		if other, ok := users[s.UserTag(user)]; ok {
			return user, other
		}
		users[s.UserTag(user)] = user
	}
}

func keys(t *testing.T, list iter.Seq2[store.Entry, error]) []store.Key {
	t.Helper()
	var keys []store.Key
	for e, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, e.Key)
	}
	return keys
}

// saveOf saves a user's new record with values of the given size.
func saveOf(t *testing.T, s *memstore.Store, key store.Key, user string, size int) {
	t.Helper()
	rec := newRecord(size)
	rec.User = user
	save(t, s, key, rec)
}

// removeKeys removes the records from keyOf(from) to before keyOf(to), and leaves no tombstones.
func removeKeys(t *testing.T, s *memstore.Store, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := s.Delete(t.Context(), keyOf(i), time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}
