package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A target is what one figure has to be at the most, or at the least; or a figure beside such a one.
type target struct {
	what    string
	figure  float64 // 0 where it was not measured
	bound   float64 // 0 where there is none
	atLeast bool
	digits  int
}

func (t *target) met() bool {
	if t.atLeast {
		return t.figure >= t.bound
	}
	return t.figure <= t.bound
}

// verdict returns the bound and whether it is met, as the table has them.
func (t *target) verdict() (bound, met string) {
	if t.bound == 0 {
		return "", ""
	}
	bound, met = "at most ", "yes"
	if t.atLeast {
		bound = "at least "
	}
	if !t.met() {
		met = "**no**"
	}
	return bound + strconv.FormatFloat(t.bound, 'g', -1, 64), met
}

// targetTable says of each target how far it is met.
func targetTable(s set) string {
	var b strings.Builder
	b.WriteString("| target | bound | measured | met |\n| --- | ---: | ---: | --- |\n")
	measured := 0
	for _, t := range append(append(memoryTargets(s), fileTargets(s)...), scaleTargets(s)...) {
		if t.figure == 0 {
			continue
		}
		measured++
		bound, met := t.verdict()
		fmt.Fprintf(&b, "| %s | %s | %.*f | %s |\n", t.what, bound, t.digits, t.figure, met)
	}
	if measured == 0 {
		return ""
	}
	return b.String()
}

// floor is the time of one signature and one search for the cookie.
func (s set) floor() float64 { return floors(s) }

func memoryTargets(s set) []target {
	const ours = "medium=memory/library=proapi/work="
	var all []target
	for _, t := range []struct {
		work   string
		floors float64
		allocs float64
	}{{"read", 2, 4}, {"write", 4, 8}, {"untouched", 1, 2}, {"first-value", 6.5, 0}} {
		all = append(all, target{
			what: "memory, " + t.work + ", by HMAC + cookie", bound: t.floors, figure: by(s.time("Request", ours+t.work), s.floor()), digits: 2,
		})
		if t.allocs > 0 {
			all = append(all, target{
				what: "memory, " + t.work + ", allocations", bound: t.allocs, figure: s.metric("Request", ours+t.work, "allocs/op"),
			})
		}
	}
	for _, work := range []string{"read", "write"} {
		if peer := s.peer("memory", work); peer != nil {
			all = append(all, target{
				what: "memory, " + work + ", times faster than the fastest other (" + peer.library + ")", bound: 20, atLeast: true,
				figure: by(peer.nanoseconds, s.time("Request", ours+work)), digits: 1,
			})
		}
	}
	return append(all, parallelTargets(s)...)
}

// parallelTargets are what the second processor gives, and what two goroutines do by one that has both for itself and for its garbage.
func parallelTargets(s set) []target {
	var all []target
	for _, t := range []struct {
		what, path, many string
		bound            float64
	}{
		{"memory, read", "library=proapi/work=read", "Many", 1.7},
		{"memory, write", "library=proapi/work=write", "Many", 1.7},
		{"HMAC + cookie themselves", "library=floor/work=hmac+cookie", "FloorMany", 0},
	} {
		gain := func(benchmark, each string) float64 {
			path := "medium=memory/" + t.path + "/" + each
			return by(s.time(benchmark, path+"=1"), s.time(benchmark, path+"=2"))
		}
		all = append(all,
			target{what: t.what + ", two processors by one", bound: t.bound, atLeast: true, digits: 2, figure: gain("Processors", "processors")},
			target{what: t.what + ", two goroutines by one", bound: t.bound, atLeast: true, digits: 2, figure: gain(t.many, "goroutines")},
		)
	}
	return all
}

func fileTargets(s set) []target {
	const ours = "medium=file/library=proapi"
	stats := 2.5 * s.time("FloorFile", "work=stat")
	return []target{
		{
			what: "files, read, not encrypted, by 2.5 stats + the read in memory", bound: 1, digits: 2,
			figure: by(s.time("Request", ours+"+plain/work=read"), stats+s.time("Request", "medium=memory/library=proapi/work=read")),
		},
		{
			what: "files, read, encrypted as is the default, by 2.5 stats + the same in memory", bound: 1, digits: 2,
			figure: by(s.time("Request", ours+"/work=read"), stats+s.time("Request", "medium=memory/library=proapi+encrypted/work=read")),
		},
		{
			what: "files, write with `sync=none`, by a write and a rename", bound: 1.3, digits: 2,
			figure: by(s.time("Request", ours+"+nosync/work=write"), s.time("FloorFile", "work=write-rename")),
		},
		{
			what: "files, `sync=always`, 16 writers, times faster than scs + bbolt", bound: 3, atLeast: true, digits: 1,
			figure: by(s.time("Writers", "medium=file/library=scs+bbolt/work=write/goroutines=16"),
				s.time("Writers", ours+"+always/work=write/goroutines=16")),
		},
	}
}

// scaleTargets compares the fewest sessions with the most.
func scaleTargets(s set) []target {
	sizes := s.sizes("Scale", "memory", "gc")
	if len(sizes) < 2 {
		return nil
	}
	few, many := at(sizes[0]), at(sizes[len(sizes)-1])
	record := s.metric("Scale", "medium=map"+many+"/work=gc", "record-B")
	heap := 0.0
	for _, n := range sizes {
		heap = max(heap, s.metric("Scale", "medium=memory"+at(n)+"/work=read", "heap-B/session"))
	}
	number := thousands(float64(sizes[len(sizes)-1]))
	return []target{
		{
			what: "a read with " + number + " sessions, by one with " + thousands(float64(sizes[0])), bound: 2, digits: 2,
			figure: by(s.time("Scale", "medium=memory"+many+"/work=read"), s.time("Scale", "medium=memory"+few+"/work=read")),
		},
		{what: "heap a session, by 1.5 records + 64 bytes", bound: 1, figure: by(heap, 1.5*record+64), digits: 2},
		{
			what: "longest pause of a collection with " + number + ", in µs", bound: 1000,
			figure: s.metric("Scale", "medium=memory"+many+"/work=gc", "max-pause-us"),
		},
		{
			what:   "the same of a program that holds nothing",
			figure: s.metric("Scale", "medium=none/sessions=0/work=gc", "max-pause-us"),
		},
		{
			what: "a collection with " + number + ", by that of a map, in %", bound: 5, digits: 1,
			figure: 100 * by(s.time("Scale", "medium=memory"+many+"/work=gc"), s.time("Scale", "medium=map"+many+"/work=gc")),
		},
	}
}

func at(sessions int) string { return fmt.Sprintf("/sessions=%d", sessions) }
