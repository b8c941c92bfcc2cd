package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// config is all that Redis needs here. Sessions that are worth more than an example's are kept on disk or replicated:
// docs/scaling.md says what each costs.
const config = `
port %s
bind 127.0.0.1
requirepass %s
dir %s
save ""
appendonly no
maxmemory 100mb
maxmemory-policy noeviction
`

// guard runs Redis until the guard's standard input ends, and removes its directory: Redis does not look at its own input.
const guard = `trap '' INT; "$1" "$0/redis.conf" & cat >/dev/null; kill $!; wait $!; rm -r "$0"`

// A redis is the server, its guard, and the directory of its configuration.
type redis struct {
	*process

	addr, password, home string
	number               string // of the server's process, by its log
}

// startRedis starts a server on a free port, with a password.
func startRedis(ctx context.Context) (*redis, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("this example starts a Redis, and redis-server is not installed: apt-get install redis-server, or brew install redis")
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	r := &redis{addr: net.JoinHostPort("127.0.0.1", port), password: rand.Text()}
	if r.home, err = os.MkdirTemp("", "proapi-cluster-"); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(r.home, "redis.conf"), fmt.Appendf(nil, config, port, r.password, r.home), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.home))
	}
	r.process, err = start(exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", guard, r.home, program), func(line string) bool {
		r.number, _, _ = strings.Cut(line, ":")
		return strings.Contains(line, "eady to accept connections")
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.home))
	}
	return r, nil
}

func (r *redis) url() string { return "redis://:" + r.password + "@" + r.addr }

// freePort returns a port that was free a moment ago.
func freePort(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
