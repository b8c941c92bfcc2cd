// Package powercut cuts the power of a program that is not there any more: from a record of its system calls it makes what a
// disk may hold afterwards, for a cut at any moment.
//
// The program runs under strace with [Flags], unchanged. [Parse] reads what strace has written. A [Disk] to which the calls are
// applied, one after the other, knows which bytes and which names were flushed, and [Disk.Crash] returns one of the states
// that a file system may come back with: what was flushed is there; of everything else any part may be, in any order, which
// is more than most file systems do to a program.
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
	"-e", "trace=openat,mkdirat,renameat,renameat2,unlinkat,write,pwrite64,fsync,fdatasync",
}

// An Op is what a call does.
type Op uint8

// What calls do.
const (
	Create    Op = iota // an empty file
	Mkdir               // an empty directory
	Write               // appends to a file
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
	Thread string
	Path   string
	To     string // of Rename
	Data   []byte // of Write and Say
}

var (
	line     = regexp.MustCompile(`^(\d+)\s+(\d+\.\d+) (.*)$`)
	begun    = regexp.MustCompile(`^(\w+)\((.*) <unfinished \.\.\.>$`)
	resumed  = regexp.MustCompile(`^<\.\.\. (\w+) resumed>(.*)$`)
	finished = regexp.MustCompile(`^(\w+)\((.*)\)\s+= (\d+)`)
	escaped  = regexp.MustCompile(`["<]((?:\\x[0-9a-f]{2})*)[">]`)
)

// Parse reads a record.
func Parse(r io.Reader) ([]Event, error) {
	var events []Event
	halves := map[string]string{} // by thread: calls that are not over
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
		if half := begun.FindStringSubmatch(call); half != nil {
			halves[e.Thread] = half[1] + "(" + half[2]
			if half[1] == "fsync" || half[1] == "fdatasync" {
				e.Op, e.Path = SyncBegin, unescape(half[2])[0]
				events = append(events, e)
			}
			continue
		}
		whole := true
		if rest := resumed.FindStringSubmatch(call); rest != nil {
			call, whole = halves[e.Thread]+rest[2], false
		}
		events = append(events, parseCall(e, call, whole)...)
	}
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
func parseCall(e Event, call string, whole bool) []Event {
	m := finished.FindStringSubmatch(call)
	if m == nil {
		return nil // it failed, or was a signal
	}
	args := unescape(m[2])
	at := func(i int) string { return path.Join(args[i], args[i+1]) }
	switch m[1] {
	case "openat":
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
	case "write", "pwrite64":
		n, _ := strconv.Atoi(m[3])
		e.Op, e.Path, e.Data = Write, args[0], []byte(args[1])[:n]
		if strings.HasPrefix(m[2], "1<") {
			e.Op = Say
		}
	case "fsync", "fdatasync":
		e.Op, e.Path = SyncEnd, args[0]
		if whole {
			start := e
			start.Op = SyncBegin
			return []Event{start, e}
		}
	}
	return []Event{e}
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
