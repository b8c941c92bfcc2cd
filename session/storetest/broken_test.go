package storetest_test

import (
	"testing"

	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

// caughtBy says which rule is there for which flaw; others may be broken as well.
var caughtBy = map[flaw]string{
	loadInventsRecords:       "load-of-missing",
	losesUser:                "round-trip",
	cutsUser:                 "round-trip",
	truncatesTimes:           "round-trip",
	dropsZones:               "round-trip",
	stopsAtNUL:               "round-trip",
	wantsText:                "round-trip",
	cutsValues:               "sizes",
	versionStays:             "version-grows",
	versionStartsAtZero:      "version-grows",
	insertOverwrites:         "insert-of-existing",
	conflictChanges:          "update-of-another-version",
	acceptsStale:             "update-of-another-version",
	acceptsFuture:            "update-of-another-version",
	upserts:                  "update-of-missing",
	loadSharesBytes:          "load-is-the-callers",
	loadReusesBuffer:         "load-is-the-callers",
	saveKeepsBytes:           "save-keeps-nothing",
	ignoresABit:              "keys-are-independent",
	ignoresHalf:              "keys-are-independent",
	neverExpires:             "expired-is-not-loaded",
	refusesOldExpiry:         "expired-is-not-loaded",
	expiredBlocksInsert:      "expired-is-absent-to-save",
	expiredTakesUpdates:      "expired-is-absent-to-save",
	dropsExpired:             "saved-expired",
	expiresBySecond:          "expires-while-stored",
	deleteKeeps:              "delete-removes",
	saysDeletedPlainly:       "delete-removes",
	saysUntilForAt:           "deleted-when",
	deleteRefusesNothing:     "delete-refuses-saves",
	deleteRefusesInsertsOnly: "delete-refuses-saves",
	deleteNeedsRecord:        "delete-refuses-saves",
	deletesForEver:           "delete-until-the-past",
	deleteOnlyOnce:           "delete-twice",
	lastDeleteHolds:          "later-delete-holds",
	firstDeleteHolds:         "later-delete-holds",
	tombstoneEndsEarly:       "delete-ends",
	tombstoneOutlives:        "delete-ends",
	loadIgnoresContext:       "context-ended",
	saveIgnoresContext:       "context-ended",
	deleteIgnoresContext:     "context-ended",
	contextIsNotWrapped:      "context-ended",
	contextIsNotFound:        "context-ended",
	tellsKeyWhereMissing:     "errors-tell-nothing",
	contextTellsKey:          "errors-tell-nothing",
	conflictTellsValues:      "errors-tell-nothing",
	insertRaces:              "one-insert-wins",
	updateRaces:              "no-update-is-lost",
	saveRacesDelete:          "delete-wins-over-save",
	tearsRecords:             "many-goroutines",
	sweepRemovesLiving:       "sweep",
	sweepRemovesTombstones:   "sweep",
	sweepForgetsTombstones:   "sweep",
	sweepOnlyCounts:          "sweep",

	listMissesNobody:   "list",
	listShowsExpired:   "list",
	listShowsDeleted:   "list",
	listForgetsVersion: "list",
	listYieldsTwice:    "list",
	listEndsAt100:      "list",

	nobodyIsListed:  "list-of-user",
	userIsPrefix:    "list-of-user",
	userIgnoresCase: "list-of-user",
	userIsCut:       "list-of-user",
	userIsText:      "list-of-user",

	indexKeepsOldUser:     "list-of-user-that-changes",
	indexKnowsInsertsOnly: "list-of-user-that-changes",
	indexEndsTooSoon:      "list-expires",
	indexRaces:            "list-by-many",
	indexIsLate:           "list-after-a-race",

	listSharesBytes:    "list-is-the-callers",
	listReusesBuffer:   "list-is-the-callers",
	listKeepsReaders:   "list-stops",
	listKeepsOthersOut: "list-lets-others-in",
	listGoesByPosition: "list-of-what-stays",
	listIgnoresContext: "list-context-ended",
	listEndsQuietly:    "list-context-ended",
	listFailsWithEntry: "list-context-ended",
	listFailsTwice:     "list-context-ended",
	listTellsKey:       "list-errors-tell-nothing",

	neverReady:            "watch",
	readyTooEarly:         "watch",
	tellsOfStoredOnly:     "watch",
	tellsOfTombstonesOnly: "watch",
	tellsOfFew:            "watch-many",
	tellsAllAtOnce:        "watch-many",
	watchIsForOne:         "watch-by-two",
	lastEndsAll:           "watch-by-two",
	watchEndsLate:         "watch-ends",
	watchEndsWell:         "watch-ends",
	watchHidesContext:     "watch-ends",

	importStartsAnew:     "import",
	importIsASave:        "import",
	importOverwrites:     "import-of-present",
	importTakesNewer:     "import-of-present",
	importRevives:        "import-of-deleted",
	importFindsExpired:   "import-over-expired",
	importKeepsBytes:     "import-keeps-nothing",
	importIgnoresContext: "import-context-ended",
	importTellsKey:       "import-errors-tell-nothing",
	importRaces:          "one-import-wins",
	importRacesDelete:    "delete-wins-over-import",
	importIsNotIndexed:   "import-is-listed",

	usageFails:            "usage",
	usageGuesses:          "usage",
	usageCountsSaves:      "usage",
	usageTakesNothing:     "usage",
	usageCountsTombstones: "usage-of-deleted",
	sweepsAreNotCounted:   "usage-of-sweeps",
	sweptIsNotCounted:     "usage-of-sweeps",
	usageIgnoresContext:   "usage-context-ended",
}

func TestEachBrokenStoreIsCaughtByItsRule(t *testing.T) {
	for f, rule := range caughtBy {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			broken := brokenRules(checkInBubble(t, func() (store.Store, error) { return newReference(f), nil }))
			if broken[rule] == nil {
				t.Errorf("not caught by rule %s, but by %v", rule, broken)
			}
		})
	}
}

func TestEachRuleCatchesABrokenStore(t *testing.T) {
	catches := map[string]bool{}
	for _, rule := range caughtBy {
		catches[rule] = true
	}
	for rule := range storetest.Rules() {
		if !catches[rule.Name] {
			t.Errorf("rule %s catches no broken store", rule.Name)
		}
		delete(catches, rule.Name)
	}
	for rule := range catches {
		t.Errorf("a broken store names a rule %s, which there is not", rule)
	}
}

// brokenRules takes the error of Check apart, by the names of the rules.
func brokenRules(err error) map[string]error {
	broken := map[string]error{}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return broken
	}
	for _, err := range joined.Unwrap() {
		if rule, ok := err.(*storetest.RuleError); ok {
			broken[rule.Rule] = rule.Err
		}
	}
	return broken
}
