package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkFloor/work=hmac-2                                  1000   100 ns/op   0 B/op   0 allocs/op
BenchmarkFloor/work=cookie-2                                1000   300 ns/op   96 B/op  2 allocs/op
BenchmarkRequest/medium=memory/library=proapi/work=read-2    10   700 ns/op    0 B/op   4 allocs/op
BenchmarkRequest/medium=memory/library=proapi/work=read-2    10   800 ns/op    0 B/op   4 allocs/op
BenchmarkRequest/medium=memory/library=proapi/work=read-2    10  9000 ns/op    0 B/op   4 allocs/op
BenchmarkRequest/medium=memory/library=scs/work=read-2       10 32000 ns/op    0 B/op 238 allocs/op
BenchmarkRequest/medium=cookie/library=gorilla/work=read-2   10 16000 ns/op    0 B/op 243 allocs/op
BenchmarkRequest/medium=file/library=gorilla/work=read-2     10  1000 ns/op    0 B/op 280 allocs/op
BenchmarkMany/medium=memory/library=scs/work=read/goroutines=1-2  10 30000 ns/op  0 B/op 238 allocs/op
BenchmarkMany/medium=memory/library=scs/work=read/goroutines=2-2  10 15000 ns/op  0 B/op 238 allocs/op
BenchmarkScale/medium=memory/sessions=10000/work=read-2      10  1000 ns/op    0 B/op   5 allocs/op
PASS
`

func rowsOf(t *testing.T) []row {
	t.Helper()
	results, err := parse(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	return compare(results)
}

func TestTableComparesTheBestRunWithTheFastestPeerOfItsKind(t *testing.T) {
	var b strings.Builder
	if err := writeTable(&b, rowsOf(t)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| floor: hmac |  |  | 100 | 0 |  | 0.25 |  |",
		"| read | **proapi** | memory | 700 | 4 | 0.044 | 1.75 |  |", // by gorilla's cookie, not by its file
		"| read | scs | memory | 32,000 | 238 | 2.00 | 80 |  |",
		"| read | gorilla | file | 1,000 | 280 | 1.00 | 2.50 |  |",
		"| read, 10,000 sessions, 2 at once | scs | memory | 15,000 | 238 | 1.00 | 38 | 2.00 |",
	} {
		if !strings.Contains(b.String(), want+"\n") {
			t.Errorf("no line %q in\n%s", want, &b)
		}
	}
	if strings.Contains(b.String(), "| floor: read |") {
		t.Error("what the table does not show is taken for a floor")
	}
	if rows := rowsOf(t); rows[2].library != "proapi" {
		t.Errorf("the first row of the work is %s's, want the fastest's", rows[2].library)
	}
}

func TestParseRefusesABenchmarkWithoutTime(t *testing.T) {
	if _, err := parse(strings.NewReader("BenchmarkX-2 10 5 B/op 3 allocs/op\n")); err == nil {
		t.Error("no error")
	}
}

func TestPlotIsWellFormedWithABarForEachRequest(t *testing.T) {
	svg := string(plot(rowsOf(t)))
	if bars := strings.Count(svg, "<rect ") - 1; bars != 4 { // one is the background
		t.Errorf("%d bars, want 4", bars)
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

const measured = output + `
BenchmarkFloorFile/work=stat-2                                                   10   1000 ns/op   256 B/op  2 allocs/op
BenchmarkFloorFile/work=write-rename-2                                           10 100000 ns/op   664 B/op  9 allocs/op
BenchmarkRequest/medium=file/library=proapi/work=read-2                          10   3000 ns/op     0 B/op 12 allocs/op
BenchmarkRequest/medium=file/library=proapi+plain/work=read-2                    10   3000 ns/op     0 B/op 12 allocs/op
BenchmarkRequest/medium=file/library=proapi+nosync/work=write-2                  10 140000 ns/op     0 B/op 62 allocs/op
BenchmarkScale/medium=memory/sessions=10000/work=read-2                          10   1000 ns/op  365 heap-B/session  0 B/op 4 allocs/op
BenchmarkScale/medium=memory/sessions=10000/work=gc-2                            10 400000 ns/op   90 max-pause-us
BenchmarkScale/medium=map/sessions=10000/work=gc-2                               10 900000 ns/op  203 record-B
BenchmarkScale/medium=memory/sessions=1000000/work=read-2                        10   1500 ns/op  290 heap-B/session  0 B/op 4 allocs/op
BenchmarkScale/medium=memory/sessions=1000000/work=gc-2                          10 500000 ns/op   80 max-pause-us 9 p50-pause-us 95 p99-pause-us
BenchmarkScale/medium=none/sessions=0/work=gc-2                                  10 200000 ns/op 1100 max-pause-us 6 p50-pause-us 66 p99-pause-us
BenchmarkFloorMany/medium=memory/library=floor/work=hmac+cookie/goroutines=1-2   10    300 ns/op
BenchmarkFloorMany/medium=memory/library=floor/work=hmac+cookie/goroutines=2-2   10    200 ns/op
BenchmarkProcessors/medium=memory/library=proapi/work=write/processors=1-2       10   1600 ns/op
BenchmarkProcessors/medium=memory/library=proapi/work=write/processors=2-2       10   1000 ns/op
BenchmarkScale/medium=memory/sessions=1000000/work=gc-2                          10 500000 ns/op 1200 max-pause-us 8 p50-pause-us 90 p99-pause-us
BenchmarkScale/medium=map/sessions=1000000/work=gc-2                             10 1090000000 ns/op 203 record-B
BenchmarkScaleFile/sessions=10000/work=read-2                                    10   5000 ns/op
BenchmarkScaleFile/sessions=10000/work=sweep-2                                    1 9000000 ns/op  20000 ns/session
BenchmarkServer/library=bare_handler/work=                                       1 10000 ns/op 100000 requests/s
BenchmarkServer/library=proapi/work=read                                         1 20000 ns/op  50000 requests/s
`

func TestDocumentGetsTheFiguresBetweenItsComments(t *testing.T) {
	all, err := parse(strings.NewReader(measured))
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/performance.md"
	text := "# Performance\n"
	for name := range tables {
		text += "<!-- begin " + name + " -->\nold\n<!-- end " + name + " -->\nkept\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeDocument(path, all); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| memory, read, by HMAC + cookie | at most 2 | 1.75 | yes |",
		"| memory, read, times faster than the fastest other (scs) | at least 20 | 45.7 | yes |", // gorilla's is in the cookie
		"| files, read, not encrypted, by 2.5 stats + the read in memory | at most 1 | 0.94 | yes |",
		"| files, write with `sync=none`, by a write and a rename | at most 1.3 | 1.40 | **no** |",
		"| a read with 1,000,000 sessions, by one with 10,000 | at most 2 | 1.50 | yes |",
		"| heap a session, by 1.5 records + 64 bytes | at most 1 | 0.99 | yes |",
		"| longest pause of a collection with 1,000,000, in µs | at most 1000 | 1200 | **no** |",
		"| read two values | 700 ns | 4 | 1.75 | scs 32 µs: 46 times faster |",
		"| 10,000 | 5 µs |  |  |  |  | 20 µs |",
		"| 1,000,000 | 1.5 µs | 290 B | 500 µs | 8 µs, 90 µs, 1.2 ms | 1.09 s |",
		"| a program that holds nothing | | | 200 µs | 6 µs, 66 µs, 1.1 ms | |",
		"| the same of a program that holds nothing |  | 1100 |  |",
		"| HMAC + cookie themselves, two goroutines by one |  | 1.50 |  |",
		"| memory, write, two processors by one | at least 1.7 | 1.60 | **no** |",
		"| proapi | read | 50,000 | 0.50 |",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(string(got), "\nold\n") || strings.Count(string(got), "kept") != len(tables) {
		t.Errorf("what stood between the comments stays, or what stood around them goes:\n%s", got)
	}
}

func TestDocumentWithoutItsCommentsIsRefused(t *testing.T) {
	path := t.TempDir() + "/performance.md"
	if err := os.WriteFile(path, []byte("# Performance\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := parse(strings.NewReader(measured))
	if err != nil {
		t.Fatal(err)
	}
	if err := writeDocument(path, all); err == nil || !strings.Contains(err.Error(), "it has no comment") {
		t.Errorf("the error is %v, want one that says which comment is missing", err)
	}
}
