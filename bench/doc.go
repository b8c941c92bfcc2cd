// Package bench does the same work with the sessions of this project and with those of others, and its benchmarks
// measure it: beside a handler that has no session, and beside the work that no session with a signed cookie can do
// without. It is a module of its own, so that what it compares with is nobody else's dependency.
//
//	go run ./cmd/table    runs the benchmarks and prints one table
//	go run ./cmd/server   has wrk send requests to real servers
//	BENCH_SCALE=10000000 BENCH_SCALE_FILES=1000000 go test -run '^$' -bench Scale -timeout 30m
//	go test -run '^$' -bench Backend
//
// The last one is the backends beside each other, of which Redis and PostgreSQL are started where they are installed. What
// came out stands in docs/performance.md and docs/scaling.md.
package bench
