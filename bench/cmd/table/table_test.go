package main

import (
	"encoding/xml"
	"errors"
	"io"
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

func TestTableComparesMediansWithTheFastestPeerOfItsKind(t *testing.T) {
	var b strings.Builder
	if err := writeTable(&b, rowsOf(t)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| floor: hmac |  |  | 100 | 0 |  | 0.25 |  |",
		"| read | **proapi** | memory | 800 | 4 | 0.050 | 2.00 |  |", // by gorilla's cookie, not by its file
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
	if bars := strings.Count(svg, "<rect "); bars != 4 {
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
