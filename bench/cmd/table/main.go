// Command table runs the benchmarks and prints what they measured as one Markdown table, with ratios to the fastest peer
// and to the work that no signed cookie can do without:
//
//	go run ./cmd/table                           in bench/: runs the benchmarks
//	go run ./cmd/table -count 6 -svg plot.svg    the median of six runs, and a plot
//	go run ./cmd/table -in results.txt           of a run that was kept with -out, or piped with -in -
package main

import (
	"bytes"
	"flag"
	"io"
	"log"
	"os"
	"os/exec"
	"strconv"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("table: ")
	var run benchmark
	flag.StringVar(&run.bench, "bench", "Request|Replay|Floor|Many|Writers", "which benchmarks to run")
	flag.StringVar(&run.benchtime, "benchtime", "1s", "how long each is run, as for go test")
	flag.IntVar(&run.count, "count", 1, "how often each is run; the table has the medians")
	in := flag.String("in", "", "read the output of go test from this file, - is the standard input, and run nothing")
	out := flag.String("out", "", "write the output of go test to this file")
	svg := flag.String("svg", "", "write a plot to this file")
	flag.Parse()

	output, err := load(*in, run)
	if err == nil && *out != "" {
		err = os.WriteFile(*out, output, 0o644)
	}
	if err == nil {
		err = report(output, *svg)
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
	return os.ReadFile(in)
}

func report(output []byte, svg string) error {
	all, err := parse(bytes.NewReader(output))
	if err != nil {
		return err
	}
	rows := compare(all)
	if err := writeTable(os.Stdout, rows); err != nil || svg == "" {
		return err
	}
	return os.WriteFile(svg, plot(rows), 0o644)
}

// A benchmark is a run of go test in the current directory.
type benchmark struct {
	bench, benchtime string
	count            int
}

// output runs the benchmarks, shows on the standard error how far they are, and returns what they print.
func (r benchmark) output() ([]byte, error) {
	var kept bytes.Buffer
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", r.bench, "-benchmem", "-benchtime", r.benchtime,
		"-count", strconv.Itoa(r.count), "-timeout", "2h", ".")
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&kept, os.Stderr), os.Stderr
	err := cmd.Run()
	return kept.Bytes(), err
}
