package redisstore

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"
)

// call lends f the client, and again where the error is one after which f may be called again. It returns within the
// store's timeout, even where the client does not look at the context: in a dial, or where its queue is full. f may then
// go on for a while, so it writes nowhere but to what it returns.
func call[T any](ctx context.Context, s *Store, again repeat, f func(context.Context, rueidis.Client) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if s.closed() {
		return none, errClosed
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	answers := make(chan answer, 1)
	go func() {
		defer cancel()
		var a answer
		a.err = try(ctx, again, func() error {
			client, err := s.link.client(ctx)
			if err == nil {
				a.value, err = f(ctx, client)
				s.link.distrust(client, err)
			}
			return err
		})
		a.err = timely(ctx, a.err)
		answers <- a
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-answers: // which came at the same time
		return a.value, a.err
	default:
		return none, ctx.Err()
	}
}

// change runs a script that changes a session, and waits for replicas where the options say so.
func (s *Store) change(ctx context.Context, client rueidis.Client, script *rueidis.Lua, key string, args ...string) (rueidis.RedisResult, error) {
	if s.options.WaitReplicas == 0 {
		answer := script.Exec(ctx, client, []string{key}, args)
		return answer, answer.Error()
	}
	return s.changeAndWait(ctx, client, script, key, args)
}

// changeAndWait runs the script and WAIT on one connection, as WAIT speaks of what its own connection has written.
func (s *Store) changeAndWait(ctx context.Context, client rueidis.Client, script *rueidis.Lua, key string, args []string) (answer rueidis.RedisResult, err error) {
	err = client.Dedicated(func(conn rueidis.DedicatedClient) error {
		answer = script.Exec(ctx, dedicated{Client: client, conn: conn}, []string{key}, args)
		if err := answer.Error(); err != nil {
			return err
		}
		wait := conn.B().Wait().Numreplicas(int64(s.options.WaitReplicas)).Timeout(s.options.WaitTimeout.Milliseconds()).Build()
		n, err := conn.Do(ctx, wait).AsInt64()
		if err != nil {
			return fmt.Errorf("stored, but whether replicas have it is not known: %w", err)
		}
		if n < int64(s.options.WaitReplicas) {
			return errFewer
		}
		return nil
	})
	return answer, err
}

// A dedicated is a client all of whose commands go over one connection.
type dedicated struct {
	rueidis.Client
	conn rueidis.DedicatedClient
}

// Do sends a command over the connection.
func (d dedicated) Do(ctx context.Context, cmd rueidis.Completed) rueidis.RedisResult {
	return d.conn.Do(ctx, cmd)
}
