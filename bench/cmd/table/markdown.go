package main

import (
	"fmt"
	"io"
	"strings"
)

const tableHead = `| work | library | medium | ns/op | allocations | by the fastest peer's | by HMAC + cookie | gain in parallel |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
`

// writeTable writes the rows as a Markdown table. A ratio below 1 is faster than what it is compared with; files are
// compared with files, memory with memory and cookies. A gain of 2 is twice as many requests a second.
func writeTable(w io.Writer, rows []row) error {
	var b strings.Builder
	b.WriteString(tableHead)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.0f | %s | %s | %s |\n",
			r.title(), emphasis(&r.result), r.medium, thousands(r.nanoseconds), r.allocations, ratio(r.toPeer), ratio(r.toFloor), ratio(r.gain))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// emphasis makes this project's lines easy to find.
func emphasis(r *result) string {
	if r.ours() {
		return "**" + r.library + "**"
	}
	return r.library
}

// ratio prints three digits at most, and nothing where there is none.
func ratio(r float64) string {
	switch {
	case r == 0:
		return ""
	case r < 0.1:
		return fmt.Sprintf("%.3f", r)
	case r < 10:
		return fmt.Sprintf("%.2f", r)
	}
	return fmt.Sprintf("%.0f", r)
}

// thousands prints a number with commas, and with a decimal where it is small.
func thousands(f float64) string {
	if f < 100 {
		return fmt.Sprintf("%.1f", f)
	}
	digits := fmt.Sprintf("%.0f", f)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
