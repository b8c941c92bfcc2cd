package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"
)

var errMoved = errors.New("slots of the cluster move, or have moved while it was read: list again when they stay")

// A primary is a server of a cluster that has slots.
type primary struct {
	client rueidis.Client
	id     string
	slots  string // as CLUSTER NODES writes them
}

func (p primary) same(other primary) bool { return p.id == other.id && p.slots == other.slots }

// allSlots is how many a cluster has.
const allSlots = 16384

// primaries returns the servers that have slots. It fails where slots move and where some slot has no server.
func (s *Store) primaries(ctx context.Context) ([]primary, error) {
	found, err := call(ctx, s, repeatable, func(ctx context.Context, client rueidis.Client) (found []primary, err error) {
		covered := 0
		for _, node := range client.Nodes() {
			answer, err := node.Do(ctx, node.B().ClusterNodes().Build().Pin()).ToString()
			if err != nil {
				continue // of a server that is not there: its slots will be missing, if it has any
			}
			p, n, err := parseNode(answer)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				p.client = node
				found = append(found, p)
				covered += n
			}
		}
		if covered != allSlots {
			return nil, fmt.Errorf("%w (%d of %d slots have a server)", errMoved, covered, allSlots)
		}
		return found, ctx.Err()
	})
	slices.SortFunc(found, func(a, b primary) int { return cmp.Compare(a.id, b.id) })
	return found, err
}

// parseNode reads what a server says of itself in CLUSTER NODES, and how many slots it has.
func parseNode(nodes string) (p primary, slots int, err error) {
	for line := range strings.Lines(nodes) {
		f := strings.Fields(line)
		if len(f) < 8 || !strings.Contains(f[2], "myself") || !strings.Contains(f[2], "master") {
			continue
		}
		p.id, p.slots = f[0], strings.Join(f[8:], " ")
		for _, r := range f[8:] {
			if strings.HasPrefix(r, "[") {
				return p, 0, errMoved
			}
			first, last, isRange := strings.Cut(r, "-")
			if !isRange {
				last = first
			}
			a, errA := strconv.Atoi(first)
			b, errB := strconv.Atoi(last)
			if err := errors.Join(errA, errB); err != nil {
				return p, 0, err
			}
			slots += b - a + 1
		}
	}
	return p, slots, nil
}
