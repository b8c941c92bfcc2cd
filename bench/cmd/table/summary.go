package main

import (
	"fmt"
	"strings"
)

// works are what a reader calls the benchmarks' works, in the document's order.
var works = []struct{ work, text string }{
	{"read", "read two values"},
	{"write", "write one value"},
	{"modify", "modify one value"},
	{"first-value", "first visit with one value"},
	{"untouched", "cookie present, session not used"},
	{"first-visit", "first visit, nothing stored"},
}

// memoryTable is the works in memory, plain and encrypted, beside the fastest of the others.
func memoryTable(s set) string {
	if s.floor() == 0 || s.time("Request", "medium=memory/library=proapi/work=read") == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| work, in memory | ProAPI | allocations | by HMAC + cookie (%s) | the fastest other that keeps sessions on the server | encrypted |\n",
		duration(s.floor()))
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, w := range works {
		r := s.find("Request", "medium=memory/library=proapi/work="+w.work)
		if r == nil {
			continue
		}
		other := "none has it"
		if p := s.peer("memory", w.work); p != nil {
			other = fmt.Sprintf("%s %s: %s", p.library, duration(p.nanoseconds), times(p.nanoseconds/r.nanoseconds))
		}
		sealed := s.time("Request", "medium=memory/library=proapi+encrypted/work="+w.work)
		fmt.Fprintf(&b, "| %s | %s | %.0f | %s | %s | %s |\n",
			w.text, duration(r.nanoseconds), r.allocations, ratio(r.nanoseconds/s.floor()), other, duration(sealed))
	}
	if r := s.find("Replay", "medium=memory/library=proapi/work=replay"); r != nil {
		fmt.Fprintf(&b, "| two requests in conflict, with replay | %s | %.0f | %s | none has it: one change is lost | |\n",
			duration(r.nanoseconds), r.allocations, ratio(r.nanoseconds/s.floor()))
	}
	return b.String()
}

// times says how much faster or slower the project is.
func times(factor float64) string {
	if factor < 1 {
		return fmt.Sprintf("%.2g times slower", 1/factor)
	}
	if factor < 10 {
		return fmt.Sprintf("%.1f times faster", factor)
	}
	return fmt.Sprintf("%.0f times faster", factor)
}

// fileTable is the works in files, and what the system asks for the same bytes.
func fileTable(s set) string {
	if s.time("FloorFile", "work=stat") == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| in files | read two values | write one value | 16 writers, each write |\n| --- | ---: | ---: | ---: |\n")
	for _, l := range []struct{ name, text string }{
		{"proapi+nosync", "ProAPI, `sync=none`"},
		{"proapi+plain", "ProAPI, `sync=none`, not encrypted"},
		{"proapi", "ProAPI, `sync=interval`"},
		{"proapi+always", "ProAPI, `sync=always`"},
		{"scs+bbolt", "scs + bbolt, which flushes each commit"},
		{"gorilla", "gorilla, never flushed"},
	} {
		path := "medium=file/library=" + l.name
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.text, duration(s.time("Request", path+"/work=read")),
			duration(s.time("Request", path+"/work=write")), duration(s.time("Writers", path+"/work=write/goroutines=16")))
	}
	fmt.Fprintf(&b, "| floors: one stat; a write and a rename; the same with a flush | %s | %s; %s | |\n", duration(s.time("FloorFile", "work=stat")),
		duration(s.time("FloorFile", "work=write-rename")), duration(s.time("FloorFile", "work=write-fsync-rename")))
	return b.String()
}

// scaleTable is what grows with the number of sessions in memory.
func scaleTable(s set) string {
	head := "| sessions | a read, with the middleware | heap a session | full collection | its pauses: median, 99 %, longest " +
		"| collection of a `map[string]*record` |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n"
	none := s.find("Scale", "medium=none/sessions=0/work=gc")
	if none != nil {
		head += fmt.Sprintf("| a program that holds nothing | | | %s | %s | |\n", duration(none.nanoseconds), pausesOf(none))
	}
	return sized(head, s.sizes("Scale", "memory", "gc"), func(n int) string {
		path := "medium=memory" + at(n)
		return fmt.Sprintf("%s | %.0f B | %s | %s | %s", duration(s.time("Scale", path+"/work=read")),
			s.metric("Scale", path+"/work=read", "heap-B/session"), duration(s.time("Scale", path+"/work=gc")),
			pausesOf(s.find("Scale", path+"/work=gc")), duration(s.time("Scale", "medium=map"+at(n)+"/work=gc")))
	})
}

// pausesOf returns for how long collections stopped the world.
func pausesOf(r *result) string {
	of := func(unit string) string { return duration(1e3 * r.metrics[unit]) }
	return of("p50-pause-us") + ", " + of("p99-pause-us") + ", " + of("max-pause-us")
}

// manyFilesTable is what grows with the number of files, without the middleware, and with nothing flushed.
func manyFilesTable(s set) string {
	head := "| sessions in files | read | write | first value | list one user's four | list all, each | sweep, each |\n" +
		"| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
	return sized(head, s.sizes("ScaleFile", "", "read"), func(n int) string {
		of := func(work, unit string) string { return duration(s.metric("ScaleFile", at(n)[1:]+"/work="+work, unit)) }
		return strings.Join([]string{
			of("read", "ns/op"), of("write", "ns/op"), of("first-value", "ns/op"), of("list-user", "ns/op"), of("list", "ns/session"), of("sweep", "ns/session"),
		}, " | ")
	})
}

// sized is a table with a line for each number of sessions, "" where there is none.
func sized(head string, sizes []int, line func(n int) string) string {
	if len(sizes) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(head)
	for _, n := range sizes {
		fmt.Fprintf(&b, "| %s | %s |\n", thousands(float64(n)), line(n))
	}
	return b.String()
}

// serverTable is what wrk measured.
func serverTable(s set) string {
	var b strings.Builder
	bare := s.metric("Server", "library=bare_handler/work=", "requests/s")
	if bare == 0 {
		return ""
	}
	b.WriteString("| server | work | requests a second | by the bare handler's |\n| --- | --- | ---: | ---: |\n")
	for i := range s {
		if r := &s[i]; r.benchmark == "Server" {
			rate := r.metrics["requests/s"]
			fmt.Fprintf(&b, "| %s | %s | %s | %.2f |\n", strings.ReplaceAll(r.library, "_", " "), r.work, thousands(rate), rate/bare)
		}
	}
	return b.String()
}
