package pgstore_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/pgstore"
)

func usage(t *testing.T, s *pgstore.Store) session.Usage {
	t.Helper()
	u, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsageOfASmallTableIsCounted(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{Table: "small"})
	empty := usage(t, s)
	if empty.Sessions != 0 || !empty.Exact {
		t.Errorf("an empty table is %+v", empty)
	}
	fill(t, pool, "small", 300) // as many have ended, and a third of each are tombstones
	if u := usage(t, s); u.Sessions != 200 || !u.Exact || u.Bytes <= empty.Bytes || u.Sweeps != 0 {
		t.Errorf("the usage is %+v, want 200 sessions in more than %d bytes", u, empty.Bytes)
	}
	wantSweep(t, s, 300)
	if u := usage(t, s); u.Sessions != 200 || u.Sweeps != 1 || u.Swept != 300 {
		t.Errorf("after a sweep of 300 rows the usage is %+v", u)
	}
}

func TestUsageOfALargeTableIsEstimated(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{Table: "large"})
	fill(t, pool, "large", 90_000)
	u := usage(t, s)
	if u.Exact || u.Sessions < 45_000 || u.Sessions > 75_000 || u.Bytes < 180_000*50 {
		t.Errorf("the usage is %+v, want about 60000 sessions, estimated", u)
	}
	if again := usage(t, s); again != u {
		t.Errorf("of the same table the usage is %+v and then %+v", u, again)
	}
}

func TestUsageOfNoTableAndAfterCloseFails(t *testing.T) {
	t.Parallel()
	pool := connect(t, testpostgres.Database(t))
	s := fresh(t, pool, pgstore.Options{Table: "gone"})
	sql(t, pool, "DROP TABLE gone")
	if _, err := s.Usage(t.Context()); err == nil || !strings.Contains(err.Error(), "the table is made by Migrate") {
		t.Errorf("without its table the error is %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Usage(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close the error is %v", err)
	}
}
