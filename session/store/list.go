package store

import (
	"context"
	"iter"
)

// An Entry is a record and the key under which it is stored.
type Entry struct {
	Key    Key
	Record Record
}

// A Lister is a store that can tell what it holds: for the list of a user's devices, for administration, and for moving
// sessions to another store. Stores that were not asked to list by user cannot revoke by user.
//
// A list is not a moment's picture. What is there from its beginning to its end is yielded once, in one of the states
// that it had meanwhile; what is saved, expires or is deleted meanwhile may be yielded or not. Other calls go on while a
// list is read, also those that its reader makes; a reader that stops early leaves nothing behind.
//
// A list that fails yields the error, with no entry, and ends. The caller owns the entries' bytes.
type Lister interface {
	// List yields every record that is there, in no order. It costs time and traffic in proportion to their number,
	// and memory for a bounded part of them.
	List(ctx context.Context) iter.Seq2[Entry, error]

	// ListUser yields the records whose User is user, in no order. It costs in proportion to their number, however
	// many other records there are. No record is yielded for the user "", which is nobody.
	ListUser(ctx context.Context, user string) iter.Seq2[Entry, error]
}
