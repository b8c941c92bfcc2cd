package storetest_test

import (
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestReferencePasses(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return newReference(none) })
}

func TestFaultyWithoutFaultsPasses(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return storetest.NewFaulty(newReference(none)) })
}

func TestWholeFaultyWithoutFaultsPasses(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return storetest.NewFaulty(newReference(none)).Whole() })
}

// A store that is run in a process of its own, since it makes its test fail.
func TestRunOnBrokenStore(t *testing.T) {
	f, ok := os.LookupEnv("STORETEST_FLAW")
	if !ok {
		t.Skip("TestRunNamesTheRuleAndItsSentence runs this one")
	}
	storetest.Run(t, func(*testing.T) store.Store { return &closing{reference: newReference(flaw(f))} })
}

func TestRunNamesTheRuleAndItsSentence(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestRunOnBrokenStore$/^(update-of-missing|round-trip|sweep)$", "-test.v")
	cmd.Env = append(os.Environ(), "STORETEST_FLAW="+string(upserts))
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("a broken store passes")
	}
	for _, want := range []string{
		"--- FAIL: TestRunOnBrokenStore/update-of-missing",
		"an update with version 1 of a key never saved: Save of version 1 returned <nil>, want ErrConflict",
		"the contract: It returns ErrConflict, and changes nothing, … where rec.Version is above 0 and nothing is stored",
		"--- FAIL: TestRunOnBrokenStore/round-trip",
		"storetest: close the store: closing: cannot",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("Run does not say %q, but\n%s", want, out)
		}
	}
}

func TestRunSkipsWhatAStoreDoesNotClaim(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		rule := path.Base(t.Name())
		t.Cleanup(func() {
			if t.Skipped() != isAboutParts(rule) {
				t.Errorf("rule %s is skipped: %t", rule, t.Skipped())
			}
		})
		return struct{ store.Store }{newReference(none)}
	})
}

// isAboutParts reports whether a rule is about what stores may do besides.
func isAboutParts(rule string) bool {
	for word := range strings.SplitSeq(rule, "-") {
		if slices.Contains([]string{"sweep", "list", "watch", "import", "usage"}, word) {
			return true
		}
	}
	return false
}

func TestCheckSaysWhichRuleWasBroken(t *testing.T) {
	err := checkInBubble(t, func() (store.Store, error) { return newReference(deleteOnlyOnce), nil })
	rule, ok := errors.AsType[*storetest.RuleError](err)
	if !ok || rule.Rule != "delete-twice" || !errors.Is(rule, store.ErrNotFound) {
		t.Fatalf("Check returned %v, want a RuleError of delete-twice that wraps the store's error", err)
	}
	const want = "storetest: rule delete-twice: a record that is deleted twice: Delete returned store: no such session, want nil " +
		"(the contract: Delete removes the record, if there is one)"
	if !strings.Contains(err.Error(), want) {
		t.Errorf("Check says %q, not %q", err, want)
	}
}

func TestCheckEndsWhereThereIsNoStore(t *testing.T) {
	down, calls := errors.New("database is down"), 0
	err := storetest.Check(func() (store.Store, error) {
		calls++
		return nil, down
	})
	if !errors.Is(err, down) || calls != 1 {
		t.Errorf("Check returned %v after %d calls, want the error of the first", err, calls)
	}
}

func TestCheckClosesEachStore(t *testing.T) {
	var stores []*closing
	err := checkInBubble(t, func() (store.Store, error) {
		stores = append(stores, &closing{reference: newReference(none)})
		return stores[len(stores)-1], nil
	})
	if !errors.Is(err, errClosing) || len(brokenRules(err)) != 0 {
		t.Errorf("Check returned %v, want the errors of Close only", err)
	}
	for i, s := range stores {
		if s.closed != 1 {
			t.Errorf("store %d was closed %d times, want once", i, s.closed)
		}
	}
}

// checkInBubble calls Check where no time passes while a rule waits.
func checkInBubble(t *testing.T, newStore func() (store.Store, error)) (err error) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		err = storetest.Check(newStore)
		<-time.After(time.Hour) // in which calls end that a broken store was late with
	})
	return err
}

var errClosing = errors.New("closing: cannot")

// A closing is a reference that cannot be closed without an error.
type closing struct {
	*reference
	closed int
}

func (s *closing) Close() error {
	s.closed++
	return errClosing
}

// The sentences are those of package store, so that the contract cannot change without the rules.
func TestSentencesAreTheContracts(t *testing.T) {
	contract := contractText(t)
	for rule := range storetest.Rules() {
		rest := contract
		for part := range strings.SplitSeq(rule.Sentence, " … ") {
			_, after, ok := strings.Cut(rest, part)
			if !ok {
				t.Errorf("rule %s: the contract does not say %q", rule.Name, part)
			}
			rest = after
		}
	}
}

// contractText returns the source of package store, comments and all, as one line of words.
func contractText(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "store", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources of package store: %v", err)
	}
	var words []string
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(src)) {
			words = append(words, strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "//"))...)
		}
	}
	return strings.NewReplacer("[", "", "]", "").Replace(strings.Join(words, " "))
}
