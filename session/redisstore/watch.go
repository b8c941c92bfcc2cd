package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

// pulse is how often a watcher makes sure that it hears.
const pulse = 2 * time.Second

var (
	errDeaf  = errors.New("what was published did not arrive: deletions may have been missed")
	errEnded = errors.New("the server has ended the subscription")
)

// Watch tells of deletions by a subscription on a connection of its own; see session.Notifier. Every two seconds it
// publishes a sign, in the way in which deletions are, on a channel that only it listens to: ready is called when the
// first has arrived, and Watch returns where one has not within Options.Timeout. So a connection that was lost in silence,
// or leads to a server that has nothing to say any more, is noticed in about four seconds.
func (s *Store) Watch(caller context.Context, ready func(), deleted func(session.Key)) error {
	ctx, cancel := context.WithCancelCause(caller)
	defer cancel(nil)
	ended := make(chan struct{})
	defer func() { <-ended }()
	w := &watcher{
		store: s, own: s.options.Prefix + "watch:" + rand.Text(), ready: ready, deleted: deleted,
		subscribed: make(chan struct{}, 2), heard: make(chan struct{}, 1),
	}
	go func() {
		defer close(ended)
		if err := w.pulses(ctx); err != nil {
			cancel(err)
		}
	}()
	err := w.receive(ctx)
	switch {
	case caller.Err() != nil:
		err = caller.Err()
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	cancel(nil)
	return wrap("watch", err)
}

// A watcher is one call of Watch.
type watcher struct {
	store   *Store
	own     string // the channel of its signs
	ready   func()
	deleted func(session.Key)

	isReady    bool
	subscribed chan struct{} // one for each channel
	heard      chan struct{} // a sign
}

// receive hands on what is published until the connection or ctx ends.
func (w *watcher) receive(ctx context.Context) error {
	client, err := call(ctx, w.store, repeatable, func(_ context.Context, client rueidis.Client) (rueidis.Client, error) { return client, nil })
	if err != nil {
		return err
	}
	conn, release := client.Dedicate()
	defer release()
	defer conn.Close() // a connection that is subscribed is of no use to others
	confirmed := rueidis.WithOnSubscriptionHook(ctx, func(s rueidis.PubSubSubscription) {
		if s.Kind == "subscribe" {
			select {
			case w.subscribed <- struct{}{}:
			default:
			}
		}
	})
	err = conn.Receive(confirmed, conn.B().Subscribe().Channel(w.store.channel(), w.own).Build(), w.hear)
	if err == nil {
		return errEnded
	}
	return err
}

// hear takes a message. Calls come one after the other.
func (w *watcher) hear(m rueidis.PubSubMessage) {
	if m.Channel == w.own {
		if !w.isReady {
			w.isReady = true
			w.ready()
		}
		select {
		case w.heard <- struct{}{}:
		default:
		}
		return
	}
	if key, ok := keyOf(m.Message); ok && w.isReady {
		w.deleted(key)
	}
}

// pulses publishes signs, and fails where one does not arrive, and when the store is closed.
func (w *watcher) pulses(ctx context.Context) error {
	for range 2 {
		select {
		case <-w.subscribed:
		case <-w.store.closing:
			return errClosed
		case <-ctx.Done():
			return nil
		}
	}
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	for {
		if err := w.sign(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-w.store.closing:
			return errClosed
		case <-ctx.Done():
			return nil
		}
	}
}

// sign publishes a sign and waits for it.
func (w *watcher) sign(ctx context.Context) error {
	_, err := call(ctx, w.store, repeatable, func(ctx context.Context, client rueidis.Client) (struct{}, error) {
		return struct{}{}, client.Do(ctx, client.B().Publish().Channel(w.own).Message("").Build()).Error()
	})
	if err != nil {
		return err
	}
	timer := time.NewTimer(w.store.options.Timeout)
	defer timer.Stop()
	select {
	case <-w.heard:
		return nil
	case <-timer.C:
		return errDeaf
	case <-w.store.closing:
		return errClosed
	case <-ctx.Done():
		return nil
	}
}
