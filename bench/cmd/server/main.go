// Command server has wrk send requests to real servers on the loopback interface, one after the other: a handler without
// a session, one whose session reads two values, and one that writes one, of this project and of scs.
//
//	go run ./cmd/server -duration 5s
//
// The client runs on the same processors as the server, so what the sessions cost is diluted: look at the differences.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/proapi-go/proapi/bench"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("server: ")
	duration := flag.Duration("duration", 5*time.Second, "how long each server is sent requests")
	flag.Parse()
	if err := run(*duration); err != nil {
		log.Fatal(err)
	}
}

func run(d time.Duration) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk is not installed: apt-get install wrk, brew install wrk, or https://github.com/wg/wrk")
	}
	fmt.Println("| server | work | requests/s | by the bare handler's |\n| --- | --- | ---: | ---: |")
	bare, err := measure(http.HandlerFunc(bench.Bare), "", d)
	if err != nil {
		return err
	}
	fmt.Printf("| bare | | %.0f | |\n", bare)
	for _, l := range bench.Libraries() {
		if l.Medium != "memory" || l.Name != "proapi" && l.Name != "scs" {
			continue
		}
		if err := compare(l, bare, d); err != nil {
			return err
		}
	}
	return nil
}

// compare prints a line for each work of the library.
func compare(l bench.Library, bare float64, d time.Duration) error {
	opened, err := l.Open(os.TempDir()) // of which a library in memory makes no use
	if err != nil {
		return err
	}
	defer opened.Close()
	site, ok := opened.(*bench.HTTPSite)
	if !ok {
		return fmt.Errorf("%s is not for net/http", l.Name)
	}
	for _, w := range []bench.Work{bench.Untouched, bench.Read, bench.Write} {
		v := site.Visitor(bench.Fill, "")
		v.Visit()
		rate, err := measure(site.Handlers[w], v.Cookie(), d)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %s | %.0f | %.2f |\n", l.Name, w, rate, rate/bare)
	}
	return nil
}

// measure serves the handler on a port of the system's choice, and returns how many requests wrk had answered a second.
func measure(h http.Handler, cookie string, d time.Duration) (float64, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	defer server.Close()
	go func() { _ = server.Serve(l) }() // until Close
	return wrk("http://"+l.Addr().String()+"/", cookie, d)
}
