package storetest

import "slices"

// rules are in the order in which somebody who writes a store comes to them: a store that loses what it saves should
// hear that first, and what it may do besides comes last.
var rules = slices.Concat(storeRules, listRules, watchRules, importRules, usageRules)

// storeRules are those of every store, and that of sweeping.
var storeRules = []Rule{
	{
		Name:     "load-of-missing",
		Sentence: "Load returns … ErrNotFound where there is none",
		check:    loadOfMissing,
	},
	{
		Name: "round-trip",
		Sentence: "the rest is kept as it is. Times are UTC with a resolution of a microsecond: " +
			"the engine hands in no finer ones, and a store gives back the same instants.",
		check: roundTrip,
	},
	{
		Name:     "sizes",
		Sentence: "Load returns the record saved last under key",
		check:    sizes,
	},
	{
		Name:     "version-grows",
		Sentence: "Save stores rec with version rec.Version+1.",
		check:    versionGrows,
	},
	{
		Name:     "insert-of-existing",
		Sentence: "It returns ErrConflict, and changes nothing, where the stored version is another",
		check:    insertOfExisting,
	},
	{
		Name:     "update-of-another-version",
		Sentence: "It returns ErrConflict, and changes nothing, where the stored version is another",
		check:    updateOfAnotherVersion,
	},
	{
		Name: "update-of-missing",
		Sentence: "It returns ErrConflict, and changes nothing, … where rec.Version is above 0 and nothing is stored " +
			"(a save of a loaded session is an update, never an insert)",
		check: updateOfMissing,
	},
	{
		Name:     "load-is-the-callers",
		Sentence: "The caller owns the bytes.",
		check:    loadIsTheCallers,
	},
	{
		Name:     "save-keeps-nothing",
		Sentence: "Save keeps none of the caller's bytes.",
		check:    saveKeepsNothing,
	},
	{
		Name:     "keys-are-independent",
		Sentence: "A store keeps one Record under each Key",
		check:    keysAreIndependent,
	},
	{
		Name:     "expired-is-not-loaded",
		Sentence: "Load returns … ErrNotFound … where it has expired",
		check:    expiredIsNotLoaded,
	},
	{
		Name:     "expired-is-absent-to-save",
		Sentence: "A record whose Expires has passed counts as not there, in every method, whether or not it is still stored.",
		check:    expiredIsAbsentToSave,
	},
	{
		Name:     "saved-expired",
		Sentence: "A record that has expired already is accepted like any other: it takes the version and is not there.",
		check:    savedExpired,
	},
	{
		Name:     "expires-while-stored",
		Sentence: "A record whose Expires has passed counts as not there, in every method, whether or not it is still stored.",
		check:    expiresWhileStored,
	},
	{
		Name:     "delete-removes",
		Sentence: "Load returns … ErrNotFound … where key was deleted",
		check:    deleteRemoves,
	},
	{
		Name:     "deleted-when",
		Sentence: "when Delete was called, to the microsecond or better",
		check:    deletedWhen,
	},
	{
		Name: "delete-refuses-saves",
		Sentence: "Delete removes the record, if there is one, and until the given time refuses every Save under key, " +
			"whether or not there was a record.",
		check: deleteRefusesSaves,
	},
	{
		Name:     "delete-until-the-past",
		Sentence: "until the given time refuses every Save",
		check:    deleteUntilThePast,
	},
	{
		Name:     "delete-twice",
		Sentence: "Delete removes the record, if there is one",
		check:    deleteTwice,
	},
	{
		Name:     "later-delete-holds",
		Sentence: "Of two calls the later time holds.",
		check:    laterDeleteHolds,
	},
	{
		Name:     "delete-ends",
		Sentence: "until the given time refuses every Save under key",
		check:    deleteEnds,
	},
	{
		Name:     "context-ended",
		Sentence: "A method whose context has ended returns an error that wraps the context's.",
		check:    contextEnded,
	},
	{
		Name:     "errors-tell-nothing",
		Sentence: "Errors hold no key and no byte of a record's values.",
		check:    errorsTellNothing,
	},
	{
		Name: "one-insert-wins",
		Sentence: "A store … saves by compare-and-swap: a record is replaced only while the stored version is the one " +
			"that the change was based on.",
		check: oneInsertWins,
	},
	{
		Name: "no-update-is-lost",
		Sentence: "A store … saves by compare-and-swap: a record is replaced only while the stored version is the one " +
			"that the change was based on.",
		check: noUpdateIsLost,
	},
	{
		Name:     "delete-wins-over-save",
		Sentence: "It returns ErrConflict, and changes nothing, … where key was deleted.",
		check:    deleteWinsOverSave,
	},
	{
		Name:     "many-goroutines",
		Sentence: "Its methods may be called from many goroutines",
		check:    manyGoroutines,
	},
	{
		Name:     "sweep",
		Sentence: "Sweep removes everything that has expired and returns how many records and tombstones that were.",
		check:    sweep,
		claims:   isSweeper,
	},
}
