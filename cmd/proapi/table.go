package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
)

// A row is what is said of one thing, by name and in an order.
type row []field

type field struct {
	name  string
	value value
}

// A value is what programs are told, and the words for people.
type value struct {
	exact any
	words string
}

func text(s string) value { return value{s, printable(s)} }

func count(n int64) value { return value{n, humanize.Comma(n)} }

func size(n int64) value { return value{n, humanize.IBytes(uint64(max(n, 0)))} }

func yes(b bool) value {
	if b {
		return value{true, "yes"}
	}
	return value{false, "no"}
}

func ago(t time.Time) value {
	if t.IsZero() {
		return value{nil, ""}
	}
	return value{t.UTC().Format(time.RFC3339), humanize.Time(t)}
}

// printable keeps what visitors have sent from commanding the terminal.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	return strconv.Quote(s)
}

// A printer prints rows.
type printer interface {
	row(r row) error
	end() error
}

// tableRows is after how many rows a table's columns may change their widths, so that long ones can stream.
const tableRows = 500

// table prints columns for people.
type table struct {
	w       *tabwriter.Writer
	columns []string
	rows    int
}

func newTable(w io.Writer, columns ...string) printer {
	return &table{w: tabwriter.NewWriter(w, 0, 8, 2, ' ', 0), columns: columns}
}

func (t *table) row(r row) error {
	if t.rows == 0 {
		if err := t.line(t.columns, strings.ToUpper); err != nil {
			return err
		}
	}
	words := map[string]string{}
	for _, f := range r {
		words[f.name] = f.value.words
	}
	if t.rows++; t.rows%tableRows == 0 {
		if err := t.w.Flush(); err != nil {
			return err
		}
	}
	return t.line(t.columns, func(name string) string { return words[name] })
}

func (t *table) line(columns []string, word func(string) string) error {
	cells := make([]string, len(columns))
	for i, name := range columns {
		if cells[i] = word(name); cells[i] == "" {
			cells[i] = "-"
		}
	}
	_, err := fmt.Fprintln(t.w, strings.Join(cells, "\t"))
	return err
}

func (t *table) end() error { return t.w.Flush() }

// lines prints a JSON object a line, for programs.
type lines struct{ w io.Writer }

func newLines(w io.Writer) printer { return &lines{w} }

func (l *lines) row(r row) error {
	b, err := r.MarshalJSON()
	if err == nil {
		_, err = fmt.Fprintf(l.w, "%s\n", b)
	}
	return err
}

func (l *lines) end() error { return nil }

// MarshalJSON writes the row as an object, in its order.
func (r row) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range r {
		if i > 0 {
			b = append(b, ',')
		}
		val, err := json.Marshal(f.value.exact)
		if err != nil {
			return nil, err
		}
		b = append(strconv.AppendQuote(b, f.name), ':')
		b = append(b, val...)
	}
	return append(b, '}'), nil
}

// print prints one row: a line a field for people, an object for programs.
func (r row) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return newLines(w).row(r)
	}
	columns := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, f := range r {
		words := f.value.words
		if words == "" {
			words = "-"
		}
		if _, err := fmt.Fprintf(columns, "%s\t%s\n", strings.ReplaceAll(f.name, "_", " "), words); err != nil {
			return err
		}
	}
	return columns.Flush()
}
