package migration_test

import (
	"errors"
	"testing"

	"github.com/proapi-go/proapi/internal/movetest"
	"github.com/proapi-go/proapi/session/migration"
	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestUsageCountsASessionOnceWhileItMoves(t *testing.T) {
	for _, phase := range phases {
		from, to := filled(t, 40), &movetest.Memory{}
		s := newBoth(t, from, to, phase)
		for moved := range 41 {
			u, err := s.(store.Measurer).Usage(t.Context())
			if err != nil || u.Sessions != 40 || u.Exact || u.Bytes <= 0 {
				t.Errorf("%s: with %d of 40 moved the usage is %+v, %v", phase, moved, u, err)
			}
			if moved < 40 {
				if err := migration.CopyOne(t.Context(), from, to, keyOf(moved)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestUsageNeedsTwoStoresThatCanTell(t *testing.T) {
	down := errors.New("down")
	faulty := storetest.NewFaulty(&movetest.Memory{})
	plain := struct{ store.Store }{&movetest.Memory{}}
	for name, c := range map[string]struct {
		from store.Store
		want error
	}{
		"a store that cannot tell": {plain, store.ErrNotMeasured},
		"a store around one":       {storetest.NewFaulty(plain), store.ErrNotMeasured},
		"a store that is down":     {faulty, down},
	} {
		faulty.Fail(storetest.Measure, down)
		s := newBoth(t, c.from, &movetest.Memory{}, migration.Switch)
		if _, err := s.(store.Measurer).Usage(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: the error is %v, want %v", name, err, c.want)
		}
	}
}
