package storetest_test

// What is wrong with a reference as a Lister.
const (
	listMissesNobody   flaw = "lists no record of nobody"
	listShowsExpired   flaw = "lists what has expired"
	listShowsDeleted   flaw = "lists tombstones"
	listForgetsVersion flaw = "lists without the version"
	listYieldsTwice    flaw = "lists the first record twice"
	listEndsAt100      flaw = "lists one page"

	nobodyIsListed  flaw = "lists nobody's records as a user's"
	userIsPrefix    flaw = "takes a user for the beginning of one"
	userIgnoresCase flaw = "takes users of other letters for the same"
	userIsCut       flaw = "tells users apart by 255 bytes"
	userIsText      flaw = "tells users apart by what is text in them"

	indexKeepsOldUser     flaw = "leaves a record in the index of the user that it had"
	indexKnowsInsertsOnly flaw = "puts a record in the index when it is inserted only"
	indexEndsTooSoon      flaw = "lets a user's index expire with the first record"
	indexRaces            flaw = "reads a user's index and writes it, without a lock"
	indexIsLate           flaw = "writes the index after the record, without a lock"

	listSharesBytes    flaw = "lists its own bytes"
	listReusesBuffer   flaw = "lists into the same bytes"
	listKeepsReaders   flaw = "closes a list at its end only"
	listKeepsOthersOut flaw = "keeps its lock while a list is read"
	listGoesByPosition flaw = "goes on in a list by the number of records read"
	listIgnoresContext flaw = "lists for an ended context"
	listEndsQuietly    flaw = "ends a list with its context, without an error"
	listFailsWithEntry flaw = "yields an entry with a list's error"
	listFailsTwice     flaw = "goes on after a list's error"
	listTellsKey       flaw = "tells a key in a list's error"
)

// What is wrong with it as a Notifier.
const (
	neverReady            flaw = "never says that it watches"
	readyTooEarly         flaw = "says that it watches, and then begins"
	tellsOfStoredOnly     flaw = "tells of deletions of what is stored only"
	tellsOfTombstonesOnly flaw = "tells of deletions only that leave a tombstone"
	tellsOfFew            flaw = "drops deletions while it tells of others"
	tellsAllAtOnce        flaw = "tells of deletions at the same time"
	watchIsForOne         flaw = "tells the last watcher only"
	lastEndsAll           flaw = "forgets all watchers when one ends"
	watchEndsLate         flaw = "watches on when the context has ended"
	watchEndsWell         flaw = "ends to watch without an error"
	watchHidesContext     flaw = "says in words only that it watches no more"
)

// What is wrong with it as an Importer.
const (
	importStartsAnew     flaw = "imports as version 1"
	importIsASave        flaw = "imports as the next version"
	importOverwrites     flaw = "imports over a record"
	importTakesNewer     flaw = "imports over an older record"
	importRevives        flaw = "imports what was deleted"
	importFindsExpired   flaw = "imports over no expired record"
	importKeepsBytes     flaw = "keeps the bytes of an import"
	importIgnoresContext flaw = "imports for an ended context"
	importTellsKey       flaw = "tells the key of an import"
	importRaces          flaw = "looks before it imports, without a lock"
	importRacesDelete    flaw = "looks for a delete before it imports, without a lock"
	importIsNotIndexed   flaw = "puts an import in no index"
)

// What is wrong with it as a Measurer.
const (
	usageFails            flaw = "fails to tell how much it holds"
	usageGuesses          flaw = "estimates that it holds nothing"
	usageCountsSaves      flaw = "counts versions as sessions"
	usageTakesNothing     flaw = "takes up no bytes"
	usageCountsTombstones flaw = "counts tombstones as sessions"
	sweepsAreNotCounted   flaw = "counts no sweeps"
	sweptIsNotCounted     flaw = "does not count what its sweeps remove"
	usageIgnoresContext   flaw = "tells how much it holds for an ended context"
)
