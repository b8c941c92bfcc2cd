package main

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/needs"
)

// build builds the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "cluster")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// started finds, in what the program says, the addresses at which something listens.
var started = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// isGone waits until nobody listens at any of the addresses in what the program has said.
func isGone(t *testing.T, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for _, addr := range started.FindAllString(said, -1) {
		for {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
			if ctx.Err() != nil {
				t.Fatalf("somebody still listens at %s, after\n%s", addr, said)
			}
			if err != nil {
				break
			}
			_ = conn.Close()
			<-ticker.C
		}
	}
}

func TestTourShowsThatNothingIsLost(t *testing.T) {
	needs.Redis.Path(t)
	out, err := exec.CommandContext(t.Context(), build(t)).CombinedOutput()
	said := string(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{
		`known at the next node: 20 of 20`,
		`answered by node 1: \d+, node 2: \d+, node 3: \d+; cut off: \d+`,
		`at node 1: 20 of 20 visitors are logged in, \d+ changes are stored: none of the \d+ that were answered is lost`,
		`at node 3: 20 of 20 visitors are logged in`,
		`at node 3 the cookie that he had is nobody's`,
	} {
		if !regexp.MustCompile(want).MatchString(said) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if n := len(started.FindAllString(said, -1)); n != 5 {
		t.Errorf("it tells %d addresses, want those of a Redis, three nodes and a balancer:\n%s", n, said)
	}
	isGone(t, said)
}

func TestClusterServesUntilItIsStopped(t *testing.T) {
	needs.Redis.Path(t)
	for name, end := range map[string]os.Signal{"interrupted": os.Interrupt, "killed": os.Kill} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), build(t), "-serve")
			cmd.Stderr = os.Stderr
			said, at := serving(t, cmd)
			v := newVisitor("ann")
			if _, err := v.post(t.Context(), at+"/login", url.Values{"username": {"ann"}, "password": {"secret"}}); err != nil {
				t.Fatal(err)
			}
			nodes := map[string]bool{}
			for range 4 {
				found, err := v.get(t.Context(), at+"/")
				if err != nil || found.User != "ann" {
					t.Errorf("node %s says that she is %q, %v", found.Node, found.User, err)
				}
				nodes[found.Node] = true
			}
			if len(nodes) != 2 {
				t.Errorf("nodes %v have answered, want two of them", nodes)
			}
			if err := cmd.Process.Signal(end); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); (err == nil) != (end == os.Interrupt) {
				t.Errorf("it ended with %v", err)
			}
			isGone(t, said)
		})
	}
}

// serving starts the program, and returns what it said and where the balancer is when it serves.
func serving(t *testing.T, cmd *exec.Cmd) (said, at string) {
	t.Helper()
	lines, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		said += scanner.Text() + "\n"
		if strings.Contains(scanner.Text(), "Ctrl-C") {
			return said, regexp.MustCompile(`http://\S+`).FindString(said)
		}
	}
	t.Fatalf("it ended: %v\n%s", cmd.Wait(), said)
	return "", ""
}

func TestMissingRedisIsNamed(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), build(t))
	cmd.Env = append(os.Environ(), "PATH="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "redis-server is not installed: apt-get install redis-server") {
		t.Errorf("got %v and:\n%s", err, out)
	}
}

// TestBalancerSendsNothingTwice has a node that takes a request and dies.
func TestBalancerSendsNothingTwice(t *testing.T) {
	asked := make(chan struct{}, 10)
	dying := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		panic(http.ErrAbortHandler)
	})}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = dying.Serve(listener) }()
	t.Cleanup(func() { _ = dying.Close() })
	nobody, err := freePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := startBalancer("127.0.0.1:0", []*node{{addr: "127.0.0.1:" + nobody}, {addr: listener.Addr().String()}, {addr: "127.0.0.1:" + nobody}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	for n := 1; n <= 3; n++ { // whosoever's turn it is, it comes to the one that is there
		_, err := newVisitor("ann").post(t.Context(), "http://"+b.addr+"/visits", url.Values{"body": {"sent"}})
		if err == nil || !strings.Contains(err.Error(), "502") {
			t.Errorf("got %v, want a 502", err)
		}
		if len(asked) != n {
			t.Errorf("%d requests have come after %d were sent", len(asked), n)
		}
	}
}
