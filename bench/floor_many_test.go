package bench_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proapi-go/proapi/bench"
)

// BenchmarkFloorMany is BenchmarkMany for a signature, which leaves no garbage, and for the two floors together, which do: by one
// goroutine and by as many as there are processors. They share nothing but the collector.
func BenchmarkFloorMany(b *testing.B) {
	for _, floor := range []struct {
		work bench.Work
		next func() (do func())
	}{{"hmac", newSigner}, {"hmac+cookie", newFloors(b)}} {
		b.Run("medium=memory/library=floor/"+nameOf(floor.work, 0), func(b *testing.B) {
			for do := floor.next(); b.Loop(); {
				do()
			}
		})
		b.Run("medium=memory/library=floor/"+nameOf(floor.work, 1), func(b *testing.B) { inParallel(b, floor.next) })
	}
}

// inParallel measures what next returns for each goroutine, of which there is one for each processor.
func inParallel(b *testing.B, next func() (do func())) {
	b.Helper()
	b.RunParallel(func(pb *testing.PB) {
		for do := next(); pb.Next(); {
			do()
		}
	})
}

// newFloors returns what makes both floors, for one goroutine: a signature and a search for the cookie.
func newFloors(b *testing.B) func() (do func()) {
	b.Helper()
	cookie := fill(open(b, bench.Libraries()[0]))
	return func() func() {
		sign, r := newSigner(), httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Cookie", cookie)
		return func() {
			sign()
			_, err := r.Cookie("session")
			must(err)
		}
	}
}

// newSigner returns what signs a token's 38 bytes, with a state of its own that is used again.
func newSigner() func() {
	mac, sum, data := hmac.New(sha256.New, make([]byte, 32)), make([]byte, 0, 32), make([]byte, 38)
	return func() {
		mac.Reset()
		mac.Write(data)
		sum = mac.Sum(sum[:0])
	}
}

// must panics for an error that none of these works should meet.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
