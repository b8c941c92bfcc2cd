package filestore

import (
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// A queue has the kernel flush files, by its asynchronous I/O, as io_submit(2) has it, while the goroutines that wait take no
// processor. What it does for each is what fdatasync(2) does.
type queue struct {
	context uintptr  // aio_context_t
	done    *os.File // an eventfd, which counts flushes that are over
	event   uint32   // its descriptor
	free    chan uint64
	slots   [queueDepth]slot
	reaper  sync.WaitGroup
}

// queueDepth is how many flushes may be under way.
const queueDepth = 64

type slot struct {
	block  iocb
	result chan int64 // zero, or what errno would be, negative
}

// An iocb says what to do. These are the kernel's, from linux/aio_abi.h.
type iocb struct {
	data          uint64 // comes back
	_             uint64
	opcode        uint16
	_             uint16
	file          uint32
	_, _, _, _    uint64
	flags, signal uint32 // where to say that it is done
}

type ioEvent struct {
	data, _ uint64
	result  int64
	_       int64
}

const (
	flushData   = 3 // IOCB_CMD_FDSYNC, since Linux 4.18
	signalEvent = 1 // IOCB_FLAG_RESFD
)

// newQueue returns nil where the system refuses one, as some sandboxes do.
func newQueue() *queue {
	q := &queue{free: make(chan uint64, queueDepth)}
	if _, _, errno := syscall.Syscall(syscall.SYS_IO_SETUP, queueDepth, uintptr(unsafe.Pointer(&q.context)), 0); errno != 0 { //nolint:gosec // it is the kernel's interface
		return nil
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		q.destroy()
		return nil
	}
	q.event, q.done = uint32(fd), os.NewFile(fd, "eventfd") //nolint:gosec // a descriptor is a small number
	if _, errno := q.get(nil); errno != 0 || q.done.SetReadDeadline(time.Time{}) != nil {
		_ = q.done.Close() // it was never used
		q.destroy()
		return nil
	}
	for n := range q.slots {
		q.slots[n].result = make(chan int64, 1)
		q.free <- uint64(n)
	}
	q.reaper.Go(q.reap)
	return q
}

// flush makes the file's data durable. ok says whether the kernel has taken it on: the error is then the flush's.
func (q *queue) flush(f *os.File) (err error, ok bool) {
	if q == nil {
		return nil, false
	}
	var n uint64
	select {
	case n = <-q.free:
	default:
		return nil, false
	}
	defer func() { q.free <- n }()
	s := &q.slots[n]
	s.block = iocb{data: n, opcode: flushData, file: uint32(f.Fd()), flags: signalEvent, signal: q.event} //nolint:gosec // descriptors are small numbers
	block := &s.block
	if _, _, errno := syscall.Syscall(syscall.SYS_IO_SUBMIT, q.context, 1, uintptr(unsafe.Pointer(&block))); errno != 0 { //nolint:gosec // it is the kernel's interface
		return nil, false
	}
	err = resultOf(<-s.result)
	runtime.KeepAlive(f)
	return err, true
}

func resultOf(result int64) error {
	if result < 0 {
		return syscall.Errno(-result)
	}
	return nil
}

// reap tells those who wait that their flushes are over, until the queue is closed.
func (q *queue) reap() {
	var events [queueDepth]ioEvent
	for {
		var count [8]byte
		if _, err := q.done.Read(count[:]); err != nil {
			return
		}
		n, _ := q.get(events[:])
		for _, e := range events[:n] {
			q.slots[e.data].result <- e.result
		}
	}
}

// get returns how many flushes are over that nobody knows of, and puts them into events. It does not wait.
func (q *queue) get(events []ioEvent) (n int, errno syscall.Errno) {
	var atOnce [2]uint64 // a timespec, however wide
	r, _, errno := syscall.RawSyscall6(syscall.SYS_IO_GETEVENTS, q.context, 0, uintptr(len(events)),
		uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(unsafe.Pointer(&atOnce)), 0) //nolint:gosec // it is the kernel's interface
	if errno != 0 {
		return 0, errno
	}
	return int(r), 0
}

// close ends the queue, once nobody uses it any more.
func (q *queue) close() {
	if q == nil {
		return
	}
	_ = q.done.Close() // it was only read
	q.reaper.Wait()
	q.destroy()
}

func (q *queue) destroy() {
	_, _, _ = syscall.Syscall(syscall.SYS_IO_DESTROY, q.context, 0, 0) // fails for what is no context
}
