package bench_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/internal/testredis"
	"github.com/proapi-go/proapi/session"
	_ "github.com/proapi-go/proapi/session/pgstore"
	_ "github.com/proapi-go/proapi/session/redisstore"
)

// A place is where a backend keeps its sessions.
type place struct {
	options session.Options
	bytes   func(b *testing.B) int64 // that the sessions take, in memory or on disk
	cpu     func() time.Duration     // that the server's processes have used; 0 where there is no server

	flow     func(b *testing.B) int64 // bytes that have gone to and fro, or into a log, and
	flowUnit string                   // what they are called; "" where there are none
}

func noServer(o session.Options, bytes func(*testing.B) int64) *place {
	return &place{options: o, bytes: bytes, cpu: func() time.Duration { return 0 }, flow: func(*testing.B) int64 { return 0 }}
}

// backends are what sessions can be kept in. What each waits for before a change counts as stored is said after the plus.
var backends = []struct {
	name string
	open func(b *testing.B) *place
}{
	{"memory", func(*testing.B) *place {
		return noServer(memory, func(*testing.B) int64 { return int64(heap()) })
	}},
	{"file", func(b *testing.B) *place { return inFiles(b, "interval") }},
	{"file+none", func(b *testing.B) *place { return inFiles(b, "none") }},
	{"redis", func(b *testing.B) *place { return inRedis(b) }},
	{"redis+appendonly", func(b *testing.B) *place { return inRedis(b, "--appendonly", "yes") }},
	{"postgres", func(b *testing.B) *place { return inPostgres(b, "", "") }},
	{"postgres+async", func(b *testing.B) *place { return inPostgres(b, "&synchronous_commit=off", "") }},
	{"postgres+unlogged", func(b *testing.B) *place { return inPostgres(b, "", "true") }},
}

func inFiles(b *testing.B, sync string) *place {
	b.Helper()
	dir := b.TempDir() + "/sessions"
	o := session.Options{Backend: "file", BackendOptions: session.BackendOptions{"directory": dir, "sync": sync}}
	return noServer(o, func(b *testing.B) int64 { return onDisk(b, dir) })
}

// onDisk returns how much of a disk the files in dir take.
func onDisk(b *testing.B, dir string) (n int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += allocated(info)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func inRedis(b *testing.B, args ...string) *place {
	b.Helper()
	s := testredis.Start(b, args...)
	about := func(b *testing.B, name string) (n float64) {
		b.Helper()
		for line := range strings.Lines(s.Do(b, "INFO")) {
			if value, ok := strings.CutPrefix(line, name+":"); ok {
				_, _ = fmt.Sscan(value, &n)
			}
		}
		return n
	}
	return &place{
		options: session.Options{Backend: "redis", BackendOptions: session.BackendOptions{"url": "redis://" + s.Addr()}},
		bytes:   func(b *testing.B) int64 { return int64(about(b, "used_memory")) },
		cpu: func() time.Duration {
			return time.Duration((about(b, "used_cpu_sys") + about(b, "used_cpu_user")) * float64(time.Second))
		},
		flow: func(b *testing.B) int64 {
			return int64(about(b, "total_net_input_bytes") + about(b, "total_net_output_bytes"))
		},
		flowUnit: "net-B",
	}
}

// inPostgres is a server that waits for its disk, as it comes. The pool is one that an application would have.
func inPostgres(b *testing.B, parameters, unlogged string) *place {
	b.Helper()
	s := testpostgres.Start(b, "fsync=on", "shared_buffers=256MB")
	options := session.BackendOptions{"url": s.URL("postgres") + "&pool_max_conns=16" + parameters}
	if unlogged != "" {
		options["unlogged"] = unlogged
	}
	ask := func(b *testing.B, sql string) (n int64) {
		b.Helper()
		conn, err := pgx.Connect(b.Context(), s.URL("postgres"))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close(b.Context()) }()
		if err := conn.QueryRow(b.Context(), sql).Scan(&n); err != nil {
			b.Fatal(err)
		}
		return n
	}
	return &place{
		options: session.Options{Backend: "postgres", BackendOptions: options},
		bytes: func(b *testing.B) int64 {
			return ask(b, "SELECT coalesce(pg_total_relation_size(to_regclass('proapi_sessions')), 0)")
		},
		cpu:      func() time.Duration { return cpuIn(s.Socket()) },
		flow:     func(b *testing.B) int64 { return ask(b, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint") },
		flowUnit: "wal-B",
	}
}
