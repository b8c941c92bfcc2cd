// Package bench measures what a session costs a request, beside a handler that has none and beside the work that no
// session with a signed cookie can do without. It is a module of its own, so that what it compares with is nobody
// else's dependency. How to run it, and what came out, stands in docs/performance.md.
package bench
