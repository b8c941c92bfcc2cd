package bench_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"testing"

	"github.com/proapi-go/proapi/bench"
)

// BenchmarkFloor is what nobody who signs cookies can do without, and the handler alone.
func BenchmarkFloor(b *testing.B) {
	b.Run("work=bare", func(b *testing.B) {
		site := &bench.HTTPSite{Handlers: map[bench.Work]http.Handler{bench.Untouched: http.HandlerFunc(bench.Bare)}}
		v := site.Visitor(bench.Untouched, "")
		b.ReportAllocs()
		for b.Loop() {
			v.Visit()
		}
	})
	b.Run("work=hmac", benchmarkHMAC)
	b.Run("work=cookie", benchmarkCookie)
}

// benchmarkHMAC is the signature of a token's 38 bytes, with a state that is used again.
func benchmarkHMAC(b *testing.B) {
	mac, sum, data := hmac.New(sha256.New, make([]byte, 32)), make([]byte, 0, 32), make([]byte, 38)
	b.ReportAllocs()
	for b.Loop() {
		mac.Reset()
		mac.Write(data)
		sum = mac.Sum(sum[:0])
	}
}

// benchmarkCookie is the finding of a token in a request.
func benchmarkCookie(b *testing.B) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://example.com/", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Cookie", fill(open(b, bench.Libraries()[0])))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Cookie("session"); err != nil {
			b.Fatal(err)
		}
	}
}
