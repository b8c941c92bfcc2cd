// Command server has wrk send requests to real servers on the loopback interface, one after the other: a handler without
// a session, and handlers that do not use theirs, read two values, and write one, with each library for net/http that
// keeps its sessions in memory. The requests are of 100 visitors.
//
//	go run ./cmd/server -duration 5s
//
// The client runs on the same processors as the server, so what the sessions cost is diluted: look at the differences.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/proapi-go/proapi/bench"
)

const visitors = 100

func main() {
	log.SetFlags(0)
	log.SetPrefix("server: ")
	duration := flag.Duration("duration", 5*time.Second, "how long each server is sent requests")
	out := flag.String("out", "", "write the figures to this file as well, for cmd/table")
	flag.Parse()
	if err := run(*duration, *out); err != nil {
		log.Fatal(err)
	}
}

func run(d time.Duration, out string) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk is not installed: apt-get install wrk, brew install wrk, or https://github.com/wg/wrk")
	}
	figures := io.Discard
	if out != "" {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		figures = f
	}
	t := table{figures: figures, duration: d}
	fmt.Println("| server | work | requests a second | by the bare handler's |\n| --- | --- | ---: | ---: |")
	if err := t.line("bare handler", "", http.HandlerFunc(bench.Bare), []string{""}); err != nil {
		return err
	}
	for _, l := range bench.Libraries() {
		if err := t.library(l); err != nil {
			return err
		}
	}
	return nil
}

// A table is printed while it is measured.
type table struct {
	figures  io.Writer // gets the lines as go test -bench would print them
	duration time.Duration
	bare     float64
}

// library prints a line for each work of a library that is for net/http and keeps its sessions in memory.
func (t *table) library(l bench.Library) error {
	if l.Medium != "memory" {
		return nil
	}
	opened, err := l.Open(os.TempDir()) // of which a library in memory makes no use
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	site, ok := opened.(*bench.HTTPSite)
	if !ok {
		return nil
	}
	for _, w := range []bench.Work{bench.Untouched, bench.Read, bench.Write} {
		cookies := make([]string, visitors)
		for i := range cookies {
			v := site.Visitor(bench.Fill, "")
			v.Visit()
			cookies[i] = v.Cookie()
		}
		if err := t.line(l.Name, string(w), site.Handlers[w], cookies); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) line(library, work string, h http.Handler, cookies []string) error {
	rate, err := measure(h, cookies, t.duration)
	if err != nil {
		return err
	}
	if t.bare == 0 {
		t.bare = rate
	}
	fmt.Printf("| %s | %s | %.0f | %.2f |\n", library, work, rate, rate/t.bare)
	_, err = fmt.Fprintf(t.figures, "BenchmarkServer/library=%s/work=%s 1 %.0f ns/op %.0f requests/s\n",
		strings.ReplaceAll(library, " ", "_"), work, 1e9/rate, rate)
	return err
}

// measure serves the handler on a port of the system's choice, and returns how many requests wrk had answered a second.
func measure(h http.Handler, cookies []string, d time.Duration) (float64, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	defer func() { _ = server.Close() }()
	go func() { _ = server.Serve(l) }() // until Close
	return wrk("http://"+l.Addr().String()+"/", cookies, d)
}
