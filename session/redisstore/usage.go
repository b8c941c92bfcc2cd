package redisstore

import (
	"context"
	"strings"

	"github.com/redis/rueidis"

	"github.com/proapi-go/proapi/session"
)

var _ session.Measurer = (*Store)(nil)

const (
	usageKeys    = 10_000 // keys of a database that are all looked at
	usageDraws   = 1024   // keys that are drawn from a larger one
	usageLooks   = 1024   // sessions of which the size is asked for
	usageScanned = 1000   // keys that the server looks at for one SCAN
)

// Usage returns how many records there are under the store's prefix, and how much of the servers' memory they and the
// tombstones take up, without the indexes by user. See [session.Measurer]. Expired records are not counted.
//
// In a database of up to 10,000 keys, whosever they are, all are looked at, and up to 1,024 sessions are counted. From a
// larger one 1,024 keys are drawn (RANDOMKEY), and what part of them are sessions is taken for the part of all. That is
// right to some percent where the database holds little else, and to some ten percent where one key in fifty is a
// session's. On a Cluster each primary is asked. It takes a server some milliseconds, in short pieces.
func (s *Store) Usage(ctx context.Context) (session.Usage, error) {
	u := session.Usage{Exact: true}
	servers, err := s.servers(ctx)
	if err != nil {
		return session.Usage{}, wrap("usage", err)
	}
	for _, server := range servers {
		if err := s.measure(ctx, server, &u); err != nil {
			return session.Usage{}, wrap("usage", err)
		}
	}
	return u, nil
}

// servers returns the clients of the servers among which the keys are spread.
func (s *Store) servers(ctx context.Context) ([]rueidis.Client, error) {
	client, err := call(ctx, s, repeatable, func(_ context.Context, client rueidis.Client) (rueidis.Client, error) { return client, nil })
	if err != nil || client.Mode() != rueidis.ClientModeCluster {
		return []rueidis.Client{client}, err
	}
	primaries, err := s.primaries(ctx)
	servers := make([]rueidis.Client, len(primaries))
	for i := range primaries {
		servers[i] = primaries[i].client
	}
	return servers, err
}

// measure adds what one server holds.
func (s *Store) measure(ctx context.Context, server rueidis.Client, u *session.Usage) error {
	size, err := ask(ctx, s, func(ctx context.Context) (int64, error) {
		return server.Do(ctx, server.B().Dbsize().Build().Pin()).AsInt64()
	})
	if err != nil {
		return err
	}
	names, scale := []string(nil), 1.0
	if size <= usageKeys {
		names, err = s.scanned(ctx, server)
	} else {
		names, err = s.drawn(ctx, server)
		scale, u.Exact = float64(size)/usageDraws, false
	}
	if err != nil || len(names) == 0 {
		return err
	}
	step := (len(names) + usageLooks - 1) / usageLooks
	var looked []string
	for i := 0; i < len(names); i += step {
		looked = append(looked, names[i])
	}
	if step > 1 {
		scale, u.Exact = scale*float64(len(names))/float64(len(looked)), false
	}
	sessions, bytes, err := s.look(ctx, server, looked)
	u.Sessions += int64(float64(sessions) * scale)
	u.Bytes += int64(float64(bytes) * scale)
	return err
}

// scanned returns the names of all sessions' keys, each once.
func (s *Store) scanned(ctx context.Context, server rueidis.Client) (names []string, err error) {
	seen := map[string]bool{}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		found, err := ask(ctx, s, func(ctx context.Context) (rueidis.ScanEntry, error) {
			return server.Do(ctx, server.B().Scan().Cursor(cursor).Match(s.options.Prefix+sessionKeys+"*").Count(usageScanned).Build().Pin()).AsScanEntry()
		})
		if err != nil {
			return nil, err
		}
		cursor = found.Cursor
		for _, name := range found.Elements {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// drawn returns the names of those of usageDraws random keys that are sessions'.
func (s *Store) drawn(ctx context.Context, server rueidis.Client) (names []string, err error) {
	commands := make(rueidis.Commands, usageDraws)
	for i := range commands {
		commands[i] = server.B().Randomkey().Build().Pin()
	}
	answers, err := ask(ctx, s, func(ctx context.Context) ([]rueidis.RedisResult, error) { return server.DoMulti(ctx, commands...), nil })
	if err != nil {
		return nil, err
	}
	for _, answer := range answers {
		name, err := answer.ToString()
		if err != nil && !rueidis.IsRedisNil(err) {
			return nil, err
		}
		if strings.HasPrefix(name, s.options.Prefix+sessionKeys) {
			names = append(names, name)
		}
	}
	return names, nil
}

// look asks how many of the keys are records, and how much memory they take. What is gone meanwhile takes none.
func (s *Store) look(ctx context.Context, server rueidis.Client, names []string) (sessions, bytes int, err error) {
	commands := make(rueidis.Commands, 0, 2*len(names))
	for _, name := range names {
		commands = append(commands, server.B().Strlen().Key(name).Build().Pin(), server.B().MemoryUsage().Key(name).Build().Pin())
	}
	answers, err := ask(ctx, s, func(ctx context.Context) ([]rueidis.RedisResult, error) { return server.DoMulti(ctx, commands...), nil })
	if err != nil {
		return 0, 0, err
	}
	for i := 0; i < len(answers); i += 2 {
		length, err := answers[i].AsInt64()
		if err != nil {
			return 0, 0, err
		}
		size, err := answers[i+1].AsInt64()
		if err != nil && !rueidis.IsRedisNil(err) {
			return 0, 0, err
		}
		if length > tombstoneSize {
			sessions++
		}
		bytes += int(size)
	}
	return sessions, bytes, nil
}

// ask is call for one of the store's servers.
func ask[T any](ctx context.Context, s *Store, f func(context.Context) (T, error)) (T, error) {
	return call(ctx, s, repeatable, func(ctx context.Context, _ rueidis.Client) (T, error) { return f(ctx) })
}
