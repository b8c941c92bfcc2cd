//go:build unix

package testpostgres_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/testpostgres"
)

const abandon = "TESTPOSTGRES_ABANDON"

// TestAbandon is the process that the test below starts: it ends as a test does that panics or takes too long.
func TestAbandon(t *testing.T) {
	if os.Getenv(abandon) == "" {
		t.Skip("runs only as a process of the test below")
	}
	s := testpostgres.Start(t)
	_, _ = os.Stdout.WriteString(s.Addr() + "\n" + s.Socket() + "\n")
	os.Exit(0)
}

func TestServerEndsWithItsProcess(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAbandon$")
	cmd.Env = append(os.Environ(), abandon+"=yes")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	addr := lines.Text()
	lines.Scan()
	home := lines.Text()
	if err := cmd.Wait(); err != nil || addr == "" || home == "" {
		t.Skipf("no server was started: %v", err)
	}
	defer func() { _ = os.RemoveAll(home) }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err != nil {
			break
		}
		_ = conn.Close()
		<-time.NewTimer(20 * time.Millisecond).C
	}
	if ctx.Err() != nil {
		t.Error("the server outlives the process that started it")
	}
}
