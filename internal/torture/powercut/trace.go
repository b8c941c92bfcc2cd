// Package powercut cuts the power of a program that is not there any more: from a record of its system calls it makes what a
// disk may hold afterwards, for a cut at any moment.
//
// The program runs under strace with [Flags], unchanged. [Parse] reads what strace has written. A [Disk] to which the calls are
// applied, one after the other, knows which bytes and which names were flushed, and [Disk.Crash] returns one of the states
// that a file system may come back with: what was flushed is there; of everything else any part may be, in any order, which
// is more than most file systems do to a program. Such a part is a name in a directory, a file's length, or a sector of a
// file, which is whole: as it was flushed, or as any write since has left it, whatever became of its neighbours. Times,
// modes and owners are no part of the model.
package powercut

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Flags are what strace takes to write a record that Parse reads, besides -o and its file's name.
var Flags = []string{
	"-f", "-ttt", "-y", "-xx", "-s", "1000000", "-e", "signal=none",
	"-e", "trace=openat,mkdirat,renameat,renameat2,unlinkat,write,pwrite64,ftruncate,fsync,fdatasync,io_submit,io_getevents",
}

// An Op is what a call does.
type Op uint8

// What calls do.
const (
	Create    Op = iota // an empty file
	Mkdir               // an empty directory
	Append              // to a file
	WriteAt             // into a file, over what is there
	Truncate            // cuts a file, or makes it longer with zeros
	Rename              // of a file
	Remove              // of a file or a directory
	SyncBegin           // what is there now
	SyncEnd             // is durable now
	Say                 // the program has written to its standard output
)

// An Event is a call that had an effect, when it was over.
type Event struct {
	Op     Op
	Time   time.Duration // since 1970
	Thread string        // or which of the flushes that no thread waits for
	Path   string        // empty where a descriptor's file has none any more
	To     string        // of Rename
	File   int           // which opening the descriptor is from
	Data   []byte        // of Append, WriteAt and Say
	Offset int           // of WriteAt; the length of Truncate
}

var (
	line     = regexp.MustCompile(`^(\d+)\s+(\d+\.\d+) (.*)$`)
	begun    = regexp.MustCompile(`^(\w+)\((.*) <unfinished \.\.\.>$`)
	resumed  = regexp.MustCompile(`^<\.\.\. (\w+) resumed>(.*)$`)
	finished = regexp.MustCompile(`^(\w+)\((.*)\)\s+= (\d+)`)
	opened   = regexp.MustCompile(`^(\d+)<[^>]*>(\(deleted\))?`)
	asked    = regexp.MustCompile(`aio_data=(\w+), aio_lio_opcode=IOCB_CMD_FDSYNC, aio_fildes=(.*)`)
	done     = regexp.MustCompile(`data=(\w+), obj=\w+, res=0,`)
	escaped  = regexp.MustCompile(`["<]((?:\\x[0-9a-f]{2})*)[">]`)
)

// A parser is what has to be remembered from one line to the next.
type parser struct {
	halves   map[string]string // by thread: calls that are not over
	openings map[string]int    // by descriptor: which one it is from
	last     int               // opening
}

// Parse reads a record.
func Parse(r io.Reader) ([]Event, error) {
	var events []Event
	p := parser{halves: map[string]string{}, openings: map[string]int{}}
	in := bufio.NewReaderSize(r, 1<<20)
	for {
		text, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, err
		}
		e, call, err := parseLine(strings.TrimSuffix(text, "\n"))
		if err != nil {
			return nil, err
		}
		events = append(events, p.parse(e, call)...)
	}
}

// parse returns what a call, or a half of one, has done.
func (p *parser) parse(e Event, call string) []Event {
	if half := begun.FindStringSubmatch(call); half != nil {
		p.halves[e.Thread] = half[1] + "(" + half[2]
		switch half[1] {
		case "fsync", "fdatasync":
			return []Event{p.through(half[2], SyncBegin, e)}
		case "io_submit":
			return p.flushes(half[2], e)
		}
		return nil
	}
	whole := true
	if rest := resumed.FindStringSubmatch(call); rest != nil {
		call, whole = p.halves[e.Thread]+rest[2], false
	}
	return p.parseCall(e, call, whole)
}

// parseLine returns who made a call, and when, and the call.
func parseLine(text string) (e Event, call string, err error) {
	m := line.FindStringSubmatch(text)
	if m == nil {
		return e, "", fmt.Errorf("powercut: strace wrote %.80q", text)
	}
	seconds, err := strconv.ParseFloat(m[2], 64)
	return Event{Thread: m[1], Time: time.Duration(seconds * float64(time.Second))}, m[3], err
}

// parseCall returns what a call that is over has done.
func (p *parser) parseCall(e Event, call string, whole bool) []Event {
	m := finished.FindStringSubmatch(call)
	if m == nil {
		return nil // it failed, or was a signal
	}
	args := unescape(m[2])
	at := func(i int) string { return path.Join(args[i], args[i+1]) }
	switch m[1] {
	case "openat":
		p.open(m[3])
		if !strings.Contains(m[2], "O_CREAT") {
			return nil
		}
		e.Op, e.Path = Create, unescape(call[strings.LastIndex(call, "= "):])[0]
	case "mkdirat":
		e.Op, e.Path = Mkdir, at(0)
	case "unlinkat":
		e.Op, e.Path = Remove, at(0)
	case "renameat", "renameat2":
		e.Op, e.Path, e.To = Rename, at(0), at(2)
	case "write":
		e = p.through(m[2], Append, e)
		e.Data = written(args, m[3])
		if strings.HasPrefix(m[2], "1<") {
			e.Op = Say
		}
	case "pwrite64":
		e = p.through(m[2], WriteAt, e)
		e.Data, e.Offset = written(args, m[3]), lastNumber(m[2])
	case "ftruncate":
		e = p.through(m[2], Truncate, e)
		e.Offset = lastNumber(m[2])
	default:
		return p.parseSync(e, m[1], m[2], whole)
	}
	return []Event{e}
}

// parseSync returns what a call that is over, and flushes if it has any effect, has done.
func (p *parser) parseSync(e Event, name, args string, whole bool) []Event {
	switch name {
	case "fsync", "fdatasync":
		end := p.through(args, SyncEnd, e)
		if !whole {
			return []Event{end}
		}
		begin := end
		begin.Op = SyncBegin
		return []Event{begin, end}
	case "io_submit":
		if whole {
			return p.flushes(args, e)
		}
	case "io_getevents":
		return flushed(args, e)
	}
	return nil
}

// open notes that a number is another descriptor's now.
func (p *parser) open(descriptor string) {
	p.last++
	p.openings[descriptor] = p.last
}

// through returns the event of a call whose first argument is a descriptor.
func (p *parser) through(args string, op Op, e Event) Event {
	e.Op = op
	if m := opened.FindStringSubmatch(args); m != nil {
		if p.openings[m[1]] == 0 {
			p.open(m[1]) // by a call that is not recorded
		}
		e.File = p.openings[m[1]]
		if m[2] == "" {
			e.Path = unescape(m[0])[0]
		}
	}
	return e
}

// flushes returns the beginning of a flush that the kernel is asked for, and that no thread waits for.
func (p *parser) flushes(args string, e Event) []Event {
	m := asked.FindStringSubmatch(args)
	if m == nil {
		return nil
	}
	e.Thread = "flush " + m[1]
	return []Event{p.through(m[2], SyncBegin, e)}
}

// flushed returns the ends of flushes that the kernel says are over.
func flushed(args string, e Event) (events []Event) {
	for _, m := range done.FindAllStringSubmatch(args, -1) {
		e.Op, e.Thread = SyncEnd, "flush "+m[1]
		events = append(events, e)
	}
	return events
}

// written returns the part of a call's data that the system took.
func written(args []string, n string) []byte {
	taken, _ := strconv.Atoi(n)
	return []byte(args[1])[:taken]
}

func lastNumber(args string) int {
	n, _ := strconv.Atoi(args[strings.LastIndexByte(args, ' ')+1:])
	return n
}

// unescape returns the strings and the paths of descriptors in a call's arguments.
func unescape(args string) (texts []string) {
	for _, m := range escaped.FindAllStringSubmatch(args, -1) {
		b, err := hex.DecodeString(strings.ReplaceAll(m[1], `\x`, ""))
		if err == nil {
			texts = append(texts, string(b))
		}
	}
	return texts
}
