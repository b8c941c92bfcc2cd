package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// The plot's measures, in pixels.
const (
	margin     = 12
	labelWidth = 200
	barsWidth  = 470
	rightWidth = 80
	barHeight  = 14
	lineHeight = 18
	headHeight = 34
	topHeight  = 34 // of the title and the scale
)

// style holds on white and on black: text and background follow the reader's theme, the bars are between the two. The
// text's outline keeps the scale's lines out of it.
const style = `text{font:12px system-ui,sans-serif;fill:#333;stroke:#fff;stroke-width:3px;paint-order:stroke}.h{font-weight:600}.b{fill:#fff}
.o{fill:#0a8f6c}.p{fill:#8a93a3}.g{stroke:#8886;stroke-width:1}
@media(prefers-color-scheme:dark){text{fill:#ddd;stroke:#161b22}.b{fill:#161b22}}`

// plotted are the benchmarks that the plot shows; the rest is in the table.
var plotted = map[string]bool{"Request": true, "Writers": true}

// A canvas is an SVG in the making.
type canvas struct {
	bytes.Buffer
	y int
}

// plot draws a bar for each row, on a logarithmic scale, under a heading for each work: first what is in memory and in
// cookies, then what is in files.
func plot(rows []row) []byte {
	var shown, files []row
	for _, r := range rows {
		switch {
		case !plotted[r.benchmark]:
		case r.onDisk():
			files = append(files, r)
		default:
			shown = append(shown, r)
		}
	}
	shown = append(shown, files...)
	low, high := decades(shown)
	c := canvas{y: topHeight - headHeight/2}
	last := ""
	for _, r := range shown {
		if text := heading(&r.result); text != last {
			c.heading(text)
			last = text
		}
		c.bar(&r.result, low, high)
	}
	return c.document(low, high)
}

// heading says what was done, and where.
func heading(r *result) string {
	text := r.title()
	for _, w := range works {
		if rest, found := strings.CutPrefix(text, w.work); found && (rest == "" || rest[0] == ',') {
			text = w.text + rest
			break
		}
	}
	if r.onDisk() {
		return text + ", in files"
	}
	return text
}

// decades returns the powers of ten between which the times are.
func decades(rows []row) (low, high float64) {
	low, high = math.Inf(1), 0
	for _, r := range rows {
		low, high = min(low, math.Log10(r.nanoseconds)), max(high, math.Log10(r.nanoseconds))
	}
	if math.IsInf(low, 1) {
		return 0, 1
	}
	return math.Floor(low), math.Max(math.Ceil(high), math.Floor(low)+1)
}

func (c *canvas) heading(text string) {
	c.y += headHeight
	c.text(margin, c.y-6, "h", text)
}

func (c *canvas) bar(r *result, low, high float64) {
	class := "p"
	if r.ours() {
		class = "o"
	}
	width := int((math.Log10(r.nanoseconds) - low) / (high - low) * barsWidth)
	c.text(margin, c.y+12, "", strings.ReplaceAll(r.library, "+", " + ")+", "+r.medium)
	fmt.Fprintf(&c.Buffer, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`+"\n", class, labelWidth, c.y, max(1, width), barHeight)
	c.text(labelWidth+width+6, c.y+12, "", duration(r.nanoseconds))
	c.y += lineHeight
}

func (c *canvas) text(x, y int, class, text string) {
	fmt.Fprintf(&c.Buffer, `<text class="%s" x="%d" y="%d">`, class, x, y)
	_ = xml.EscapeText(c, []byte(text))
	c.WriteString("</text>\n")
}

// document puts the scale's lines behind the bars, and the frame around all.
func (c *canvas) document(low, high float64) []byte {
	var d canvas
	fmt.Fprintf(&d.Buffer, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><title>Time of a request by library, on a logarithmic scale</title><style>%s</style>`+"\n",
		labelWidth+barsWidth+rightWidth, c.y+margin, style)
	fmt.Fprintf(&d.Buffer, `<rect class="b" width="%d" height="%d"/>`+"\n", labelWidth+barsWidth+rightWidth, c.y+margin)
	d.text(margin, 18, "h", "time of a request (log)")
	for at := low; at <= high; at++ {
		x := labelWidth + int((at-low)/(high-low)*barsWidth)
		fmt.Fprintf(&d.Buffer, `<line class="g" x1="%d" x2="%d" y1="24" y2="%d"/>`+"\n", x, x, c.y)
		d.text(x-14, 18, "", duration(math.Pow(10, at)))
	}
	d.Write(c.Bytes())
	d.WriteString("</svg>\n")
	return d.Bytes()
}

// duration prints a time with two digits or three, and nothing where there is none.
func duration(ns float64) string {
	switch {
	case ns == 0:
		return ""
	case ns < 1e3:
		return fmt.Sprintf("%.3g ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	case ns < 1e9:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
	return fmt.Sprintf("%.3g s", ns/1e9)
}
