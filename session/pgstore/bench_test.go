package pgstore_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

var benchValues = strings.Repeat("v", 200)

func benchStore(b *testing.B, o session.BackendOptions) *pgstore.Store {
	b.Helper()
	all := session.BackendOptions{"url": testpostgres.Database(b), "sweep_interval": "1h"}
	maps.Copy(all, o)
	return opened(b, all)
}

// BenchmarkFloor is a round trip to the server that asks for nothing.
func BenchmarkFloor(b *testing.B) {
	pool := connect(b, testpostgres.Database(b))
	for b.Loop() {
		if _, err := pool.Exec(b.Context(), "SELECT"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	s := benchStore(b, nil)
	key, _ := saved(b, s, benchValues)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Load(b.Context(), key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSave(b *testing.B) {
	for name, o := range map[string]session.BackendOptions{"logged": nil, "unlogged": {"unlogged": true}} {
		b.Run(name, func(b *testing.B) {
			s := benchStore(b, o)
			key, rec := saved(b, s, benchValues)
			b.ReportAllocs()
			for b.Loop() {
				save(b, s, key, &rec)
			}
		})
	}
}

func BenchmarkDelete(b *testing.B) {
	s := benchStore(b, nil)
	rec := record("")
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Delete(b.Context(), newKey(), rec.Expires); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParallel has 16 goroutines for each processor, on sessions of their own, and 16 connections.
func BenchmarkParallel(b *testing.B) {
	for name, work := range map[string]func(*testing.B, *pgstore.Store, session.Key, *session.Record){
		"load": func(b *testing.B, s *pgstore.Store, key session.Key, _ *session.Record) {
			b.Helper()
			if _, err := s.Load(b.Context(), key); err != nil {
				b.Error(err)
			}
		},
		"save": func(b *testing.B, s *pgstore.Store, key session.Key, rec *session.Record) {
			b.Helper()
			if err := s.Save(b.Context(), key, *rec); err != nil {
				b.Error(err)
			}
			rec.Version++
		},
		"delete": func(b *testing.B, s *pgstore.Store, _ session.Key, rec *session.Record) {
			b.Helper()
			if err := s.Delete(b.Context(), newKey(), rec.Expires); err != nil {
				b.Error(err)
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			s := benchStore(b, session.BackendOptions{"max_conns": 16})
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				key, rec := saved(b, s, benchValues)
				for pb.Next() {
					work(b, s, key, &rec)
				}
			})
		})
	}
}
