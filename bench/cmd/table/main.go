// Command table runs the benchmarks and prints what they measured as one Markdown table, with ratios to the fastest peer
// and to the work that no signed cookie can do without:
//
//	go run ./cmd/table                           in bench/: runs the benchmarks
//	go run ./cmd/table -count 6 -svg plot.svg    the best of six runs, and a plot
//	go run ./cmd/table -in a.txt,b.txt           of runs that were kept with -out, or piped with -in -
//	go run ./cmd/table -in a.txt -doc ../docs/performance.md    writes the figures into the document as well
package main

import (
	"bytes"
	"flag"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("table: ")
	var run benchmark
	flag.StringVar(&run.bench, "bench", "Floor$|FloorFile|Replay|Request FloorMany|Many|Processors|Writers",
		"which benchmarks to run: patterns as for go test, of which each is run by itself, so that what is compared is run close together")
	flag.StringVar(&run.benchtime, "benchtime", "1s", "how long each is run, as for go test")
	flag.IntVar(&run.count, "count", 1, "how often each is run; the table has the best")
	in := flag.String("in", "", "read the output of go test from these files, separated by commas, and run nothing; - is the standard input")
	out := flag.String("out", "", "write the output of go test to this file")
	svg := flag.String("svg", "", "write a plot to this file")
	doc := flag.String("doc", "", "write the figures into this Markdown file, between the comments that say where")
	flag.Parse()

	output, err := load(*in, run)
	if err == nil && *out != "" {
		err = os.WriteFile(*out, output, 0o644)
	}
	if err == nil {
		err = report(output, *svg, *doc)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func load(in string, run benchmark) ([]byte, error) {
	switch in {
	case "":
		return run.output()
	case "-":
		return io.ReadAll(os.Stdin)
	}
	var all []byte
	for name := range strings.SplitSeq(in, ",") {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(append(all, b...), '\n')
	}
	return all, nil
}

func report(output []byte, svg, doc string) error {
	all, err := parse(bytes.NewReader(output))
	if err != nil {
		return err
	}
	rows := compare(all)
	if err := writeTable(os.Stdout, rows); err != nil {
		return err
	}
	if svg != "" {
		if err := os.WriteFile(svg, plot(rows), 0o644); err != nil {
			return err
		}
	}
	if doc == "" {
		return nil
	}
	return writeDocument(doc, all)
}

// A benchmark is a run of go test in the current directory.
type benchmark struct {
	bench, benchtime string
	count            int
}

// output runs the benchmarks, shows on the standard error how far they are, and returns what they print. All are run
// before any is run again, so that what else the machine does for a while falls upon each of them.
func (r benchmark) output() ([]byte, error) {
	dir, err := os.MkdirTemp("", "table")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program := filepath.Join(dir, "bench.test")
	var kept bytes.Buffer
	if err := run(os.Stderr, "go", "test", "-c", "-o", program, "."); err != nil {
		return nil, err
	}
	for range r.count {
		for pattern := range strings.FieldsSeq(r.bench) {
			err := run(io.MultiWriter(&kept, os.Stderr), program, "-test.run", "^$", "-test.bench", pattern, "-test.benchmem",
				"-test.benchtime", r.benchtime, "-test.timeout", "2h")
			if err != nil {
				return kept.Bytes(), err
			}
		}
	}
	return kept.Bytes(), nil
}

func run(out io.Writer, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return cmd.Run()
}
