package migration

import (
	"context"
	"fmt"

	"github.com/proapi-go/proapi/session/store"
)

// Usage returns how much both stores hold together: the bytes and sweeps of both, and as many sessions as the one has that
// has more. See [store.Measurer]. For while sessions move, those that have moved are in to, and leave a mark in from that
// is counted there. It is never exact. Where one of the stores cannot tell, the error wraps [store.ErrNotMeasured].
func (b *both) Usage(ctx context.Context) (store.Usage, error) {
	old, err := usage(ctx, b.from)
	if err != nil {
		return store.Usage{}, wrap("usage of the old store", err)
	}
	u, err := usage(ctx, b.to)
	if err != nil {
		return store.Usage{}, wrap("usage of the new store", err)
	}
	return store.Usage{
		Sessions: max(old.Sessions, u.Sessions), Bytes: old.Bytes + u.Bytes, Sweeps: old.Sweeps + u.Sweeps, Swept: old.Swept + u.Swept,
	}, nil
}

func usage(ctx context.Context, s store.Store) (store.Usage, error) {
	m, ok := s.(store.Measurer)
	if !ok {
		return store.Usage{}, fmt.Errorf("%w: it is a %T", store.ErrNotMeasured, s)
	}
	return m.Usage(ctx)
}
