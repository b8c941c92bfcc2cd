package filestore_test

import (
	"testing"

	"github.com/proapi-go/proapi/session/filestore"
	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestConformance(t *testing.T) {
	for _, sync := range []filestore.Sync{filestore.SyncInterval, filestore.SyncAlways, filestore.SyncNone} {
		t.Run(sync.String(), func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Store {
				return open(t, filestore.Options{Directory: t.TempDir(), Sync: sync})
			})
		})
	}
}

func TestConformanceWithoutCache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, filestore.Options{Directory: t.TempDir(), Sync: filestore.SyncNone, CacheBytes: -1})
	})
}

func TestConformanceWithCacheThatTrustsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		s := open(t, filestore.Options{Directory: t.TempDir(), Sync: filestore.SyncNone})
		filestore.TrustAtOnce(s)
		return s
	})
}
