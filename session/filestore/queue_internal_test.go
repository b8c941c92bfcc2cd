//go:build linux

package filestore

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// openQueue returns a queue, or skips the test where the system has none for us.
func openQueue(t *testing.T) *queue {
	t.Helper()
	q := newQueue()
	if q == nil {
		t.Skip("the system refuses asynchronous I/O here")
	}
	t.Cleanup(q.close)
	return q
}

func newFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err == nil {
		_, err = f.WriteString("data")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestQueueFlushesManyAtOnce has more flushes than fit: what the queue does not take on, it says so.
func TestQueueFlushesManyAtOnce(t *testing.T) {
	q, f := openQueue(t), newFile(t)
	var all sync.WaitGroup
	var taken, refused atomic.Int64
	for range 4 * queueDepth {
		all.Go(func() {
			for range 5 {
				err, ok := q.flush(f)
				if err != nil {
					t.Error(err)
				}
				if ok {
					taken.Add(1)
				} else {
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if taken.Load() == 0 {
		t.Error("the queue has flushed nothing")
	}
	t.Logf("%d were flushed, %d found no place", taken.Load(), refused.Load())
	if len(q.free) != queueDepth {
		t.Errorf("%d places are free at the end, want %d", len(q.free), queueDepth)
	}
}

func TestQueueLeavesToOthersWhatItCannotDo(t *testing.T) {
	q := openQueue(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	closed := newFile(t)
	for _, f := range []*os.File{r, w, closed} {
		_ = f.Close()
		if err, ok := q.flush(f); err != nil || ok {
			t.Errorf("a closed file is flushed: %v, %v", err, ok)
		}
	}
	var none *queue
	if err, ok := none.flush(closed); err != nil || ok {
		t.Errorf("no queue has flushed: %v, %v", err, ok)
	}
	none.close()
	if len(q.free) != queueDepth {
		t.Errorf("%d places are free, want %d", len(q.free), queueDepth)
	}
}

func TestQueueSaysWhatHasFailed(t *testing.T) {
	if err := resultOf(-int64(syscall.EIO)); !errors.Is(err, syscall.EIO) {
		t.Errorf("a flush that failed with EIO says %v", err)
	}
	if err := resultOf(0); err != nil {
		t.Errorf("a flush that went well says %v", err)
	}
}

// TestFlusherLeavesToTheQueueWhatComesOnTop has as many flushes under way as places may be taken.
func TestFlusherLeavesToTheQueueWhatComesOnTop(t *testing.T) {
	openQueue(t) // the system has them
	l := &flusher{places: 1, here: syncData}
	f := newFile(t)
	if err := l.flush(f); err != nil || l.queue != nil || l.underWay.Load() != 0 {
		t.Errorf("a flush that is alone: %v, queue %v, %d under way after it", err, l.queue, l.underWay.Load())
	}
	l.underWay.Add(1)
	if err := l.flush(f); err != nil || l.underWay.Load() != 1 {
		t.Errorf("one on top: %v, %d under way", err, l.underWay.Load())
	}
	if l.queue == nil {
		t.Fatal("one on top does not go to the queue")
	}
	free := len(l.queue.free)
	if err := l.flush(f); err != nil || free != queueDepth {
		t.Errorf("another: %v; %d places of the queue were free", err, free)
	}
	_ = f.Close()
	if err := l.flush(f); !errors.Is(err, syscall.EBADF) {
		t.Errorf("a flush of what is closed says %v, want EBADF", err)
	}
	l.close()
}

// TestFlusherTakesNoPlaceBesideTheQueue has one flush end that kept its place, and another go on elsewhere, as most do where many
// write: if the next one took the place, one would be taken all the time.
func TestFlusherTakesNoPlaceBesideTheQueue(t *testing.T) {
	q, f := openQueue(t), newFile(t)
	here, leave := make(chan struct{}, 3), make(chan struct{})
	l := &flusher{places: 1, queue: q, here: func(*os.File) error {
		here <- struct{}{}
		<-leave
		return nil
	}}
	l.start.Do(func() {}) // the queue is there
	var room []uint64
	for range queueDepth {
		room = append(room, <-q.free)
	}
	done := make(chan error, 3)
	flush := func() { done <- l.flush(f) }
	go flush()
	<-here
	go flush() // finds no room in the queue
	<-here
	leave <- struct{}{}
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, n := range room {
		q.free <- n
	}
	go flush()
	select {
	case <-here:
		t.Error("a flush beside another keeps its place, though the queue has room")
	case err := <-done:
		done <- err // with the other one's, below
	}
	close(leave)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
