package store

import "context"

// A Notifier is a store that tells when a session is deleted, in whichever process that happens.
type Notifier interface {
	// Watch calls deleted with every key for which Delete is called, by this process or another that shares the store,
	// from when it calls ready until it returns. It calls them one after the other, soon after the deletion, at least
	// once for each; deleted must not wait for anything.
	//
	// It returns when ctx ends, with an error that wraps the context's, and when it cannot be sure any more to hear of
	// every deletion, because a connection was lost: who needs to know then looks at the records, and calls Watch again.
	Watch(ctx context.Context, ready func(), deleted func(Key)) error
}
