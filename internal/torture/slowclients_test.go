package torture_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// slowVariable tells a process of this program to be slow clients.
const slowVariable = "TORTURE_SLOW"

// slowClients are connections whose clients say something and then no more, until the server ends them. They are a process
// of their own, so that the server's has all its descriptors for its own ends.
type slowClients struct {
	Addresses []string // of the server; a client has some 28,000 ports for each
	Number    int
	Say       string
}

// cutOff is what became of slow clients.
type cutOff struct {
	Ended        int           // by the server
	Shortest     time.Duration // from before a client connected to when it was cut off
	Longest      time.Duration
	FirstTrouble string // of those that were not ended by the server
}

// dialsAtOnce is how many clients connect at the same time: more than a listener's queue holds would wait a second each.
const dialsAtOnce = 256

// beSlow is the life of such a process: it writes a line when all have said what they say, and another one when all have
// ended.
func beSlow(text string) error {
	var c slowClients
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // the test is over
	}()
	var open, ended sync.WaitGroup
	open.Add(c.Number)
	var mu sync.Mutex
	said := cutOff{Shortest: time.Hour}
	dialing := make(chan struct{}, dialsAtOnce)
	for n := range c.Number {
		ended.Go(func() {
			dialing <- struct{}{}
			began := time.Now()
			conn, err := net.Dial("tcp", c.Addresses[n%len(c.Addresses)]) //nolint:noctx // a slow client
			if err == nil {
				_, err = io.WriteString(conn, c.Say)
			}
			<-dialing
			open.Done()
			if err == nil {
				err = untilCutOff(conn)
			}
			mu.Lock()
			defer mu.Unlock()
			said.add(time.Since(began), err)
		})
	}
	open.Wait()
	_, _ = fmt.Fprintln(os.Stdout, "open")
	ended.Wait()
	return json.NewEncoder(os.Stdout).Encode(said)
}

// tooSlow is after what time a server has forgotten a client.
const tooSlow = 2 * time.Minute

// untilCutOff waits for the server to end a connection.
func untilCutOff(conn net.Conn) error {
	defer func() { _ = conn.Close() }()
	if err := conn.SetReadDeadline(time.Now().Add(tooSlow)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, conn)
	if errors.Is(err, syscall.ECONNRESET) { // it had not read all that was said
		return nil
	}
	return err
}

func (c *cutOff) add(d time.Duration, err error) {
	if err != nil {
		c.FirstTrouble = max(c.FirstTrouble, err.Error())
		return
	}
	c.Ended++
	c.Shortest, c.Longest = min(c.Shortest, d), max(c.Longest, d)
}

// start starts them, and returns when all have said what they say. What became of them comes later.
func (c slowClients) start(t *testing.T) (p *process, became <-chan cutOff) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	p, out := spawn(t, slowVariable, string(text))
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatalf("slow clients do not start: %v", err)
	}
	ended := make(chan cutOff, 1)
	go func() { ended <- c.hear(out) }()
	return p, ended
}

// hear reads what became of them.
func (slowClients) hear(out *bufio.Reader) (c cutOff) {
	if err := json.NewDecoder(out).Decode(&c); err != nil {
		c.FirstTrouble = err.Error()
	}
	return c
}
