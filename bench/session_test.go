package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
)

// run measures one kind of request.
func run(b *testing.B, h http.Handler, r *http.Request) {
	b.Helper()
	w := newRecorder()
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// BenchmarkFloor is what nobody who signs cookies can do without.
func BenchmarkFloor(b *testing.B) {
	m := manager(b, memory(b))
	r := request(b, m)
	b.Run("bare", func(b *testing.B) { run(b, http.HandlerFunc(bare), r) })
	b.Run("hmac", func(b *testing.B) {
		mac, sum, data := hmac.New(sha256.New, make([]byte, 32)), make([]byte, 0, 32), make([]byte, 38)
		b.ReportAllocs()
		for b.Loop() {
			mac.Reset()
			mac.Write(data)
			sum = mac.Sum(sum[:0])
		}
	})
	b.Run("cookie", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Cookie("session"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func requests(b *testing.B, m *session.Manager) {
	b.Helper()
	for _, c := range []struct {
		name string
		do   http.HandlerFunc
	}{{"untouched", untouched}, {"read", read}, {"write", write}, {"modify", increment}} {
		b.Run(c.name, func(b *testing.B) { run(b, m.Middleware(c.do), request(b, m)) })
	}
	r := request(b, m)
	r.Header.Del("Cookie")
	b.Run("first", func(b *testing.B) { run(b, m.Middleware(http.HandlerFunc(untouched)), r) })
	b.Run("first-value", func(b *testing.B) { run(b, m.Middleware(http.HandlerFunc(firstValue)), r) })
}

func BenchmarkMemory(b *testing.B) { requests(b, manager(b, memory(b))) }

func BenchmarkFile(b *testing.B) { requests(b, manager(b, files(b, filestore.SyncInterval))) }
