// Package testbrowser gives tests a real browser. Where Chromium is not installed the test is skipped, and in CI it fails
// (see package needs).
package testbrowser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/needs"
)

// flags keep the browser from asking anybody but the page's server, and let it run as any user.
var flags = []string{
	"--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
}

// Open shows a page in a browser, without a window and with a profile of its own, until it is shut or the test ends. ended says
// why the browser ended before; once it was shut, that says nothing.
func Open(tb testing.TB, address string) (ended <-chan string, shut func()) {
	tb.Helper()
	chromium := needs.Chromium.Path(tb)
	ctx, cancel := context.WithCancel(context.Background())
	var said strings.Builder
	args := append(slices.Clone(flags), "--user-data-dir="+tb.TempDir(), address)
	cmd := exec.CommandContext(ctx, chromium, args...) //nolint:gosec // which is installed
	cmd.Stderr = &said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it ends its children, too
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		tb.Fatal(err)
	}
	how, gone := make(chan string, 1), make(chan struct{})
	go func() {
		how <- fmt.Sprint(cmd.Wait(), "\n", said.String())
		close(gone)
	}()
	shut = func() { cancel(); <-gone }
	tb.Cleanup(shut)
	return how, shut
}
