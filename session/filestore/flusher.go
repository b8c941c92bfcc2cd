package filestore

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// A flusher makes the data of files durable.
//
// A goroutine that waits for the disk keeps its place among the GOMAXPROCS that run until the runtime takes that away, which it
// does later than most disks are done. So once half as many flushes are under way as there are places, the next ones are left
// to the system, which needs none, where it does such a thing. For one that is alone, that is slower.
type flusher struct {
	places   int32                // half of GOMAXPROCS
	here     func(*os.File) error // flushes, and keeps the place meanwhile
	underWay atomic.Int32
	start    sync.Once
	queue    *queue // nil where the system has none
}

func newFlusher() *flusher {
	return &flusher{places: int32(runtime.GOMAXPROCS(0) / 2), here: syncData} //nolint:gosec // processors are few
}

// flush makes the file's data durable, and of what describes it what is needed to find them.
func (l *flusher) flush(f *os.File) error {
	defer l.underWay.Add(-1)
	if l.underWay.Add(1) > l.places {
		l.start.Do(func() { l.queue = newQueue() })
		if err, ok := l.queue.flush(f); ok {
			return err
		}
	}
	return l.here(f)
}

// close ends what flush has started, once nobody calls it any more.
func (l *flusher) close() { l.queue.close() }
