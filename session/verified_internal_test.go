package session

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

// letters are those of a token's alphabet.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestTokenThatIsRememberedIsTheOneThatWasChecked(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret, otherSecret)
	for _, signer := range []*keyring{k, newTestKeyring(t, "session", otherSecret)} {
		text := signer.newToken(newID(), testTime)
		checked, err := k.parseToken(text, testTime, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		var remembered signedToken
		found := false
		if found, remembered.old = k.verified.find((*tokenText)([]byte(text)), &remembered.token); !found {
			t.Fatal("it is not remembered")
		}
		again, err := k.parseToken(text, testTime, time.Hour)
		if err != nil || remembered != checked || again != checked {
			t.Errorf("the second time it is another token, or %v", err)
		}
	}
}

func TestOldSecretIsNoticedAmongSeveralCookies(t *testing.T) {
	m := &Manager{options: Options{MaxAge: time.Hour}, keys: newTestKeyring(t, "session", testSecret, otherSecret)}
	text := newTestKeyring(t, "session", otherSecret).newToken(newID(), testTime)
	for n := 1; n <= 3; n++ {
		var found token
		if old, err := m.pick(slices.Repeat([]string{text}, n), testTime, &found); !old || err != nil {
			t.Errorf("%d of a kind: old is %t, the error %v", n, old, err)
		}
	}
}

// A comparison that stops early, or leaves letters out, would take a neighbour for it.
func TestNeighbourOfARememberedTokenIsRefused(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	v := &verified{}
	var text tokenText
	copy(text[:], k.newToken(newID(), testTime))
	v.remember(&text, &token{issued: 1}, false)
	for i := range text {
		for _, letter := range []byte(letters) {
			other := text
			other[i] = letter
			if other == text {
				continue
			}
			// Whatever its place, it must not be taken for the token that is there.
			p := v.place(&other, true)
			*p = place{text: text, token: token{issued: 1}}
			if found, _ := v.find(&other, &token{}); found {
				t.Fatalf("with another letter at %d it is found", i)
			}
		}
	}
}

func TestRememberedTokenExpires(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	text := k.newToken(newID(), testTime)
	for _, step := range []struct {
		after time.Duration
		want  error
	}{{0, nil}, {time.Hour, nil}, {time.Hour + time.Second, errTokenExpired}, {-clockSkew - time.Second, errTokenFuture}, {time.Minute, nil}} {
		if _, err := k.parseToken(text, testTime.after(step.after), time.Hour); !errors.Is(err, step.want) {
			t.Errorf("after %s: %v, want %v", step.after, err, step.want)
		}
	}
}

func TestWhatIsNoTokenIsNotRemembered(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	foreign := newTestKeyring(t, "session", otherSecret).newToken(newID(), testTime)
	for range 2 {
		wantRefused(t, k, "another secret's token", foreign)
	}
	for i := range k.verified.parts {
		if k.verified.parts[i].Load() != nil {
			t.Fatal("it has taken memory")
		}
	}
}

func TestTokensThatShareAPlacePushEachOtherOut(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	ids := make([]ID, 4*verifiedParts*verifiedPlaces)
	texts := make([]string, len(ids))
	for i := range ids {
		ids[i] = newID()
		texts[i] = k.newToken(ids[i], testTime)
	}
	for range 2 {
		for i, text := range texts {
			if tok, err := k.parseToken(text, testTime, time.Hour); err != nil || tok.id != ids[i] {
				t.Fatalf("token %d is another, or %v", i, err)
			}
		}
	}
}

func TestTokensAreCheckedByManyGoroutines(t *testing.T) {
	k := newTestKeyring(t, "session", testSecret)
	var ids [64]ID
	var texts [64]string
	for i := range ids {
		ids[i] = newID()
		texts[i] = k.newToken(ids[i], testTime)
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 4000 {
				n := (i*7 + g) % len(ids)
				if tok, err := k.parseToken(texts[n], testTime, time.Hour); err != nil || tok.id != ids[n] {
					t.Errorf("token %d is another, or %v", n, err)
				}
			}
		})
	}
	all.Wait()
}
