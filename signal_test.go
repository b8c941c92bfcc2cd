package proapi_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
)

// serveVariable, set in the environment, makes the test binary a server for the tests of Run.
const serveVariable = "RUN_AS_SERVER_FOR_TESTS"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		os.Exit(runServer())
	}
	m.Run()
}

// say tells the parent process what happens.
func say(what string) { _, _ = fmt.Fprintln(os.Stdout, what) }

// closingStore says on standard output when it is closed.
type closingStore struct{ downStore }

func (closingStore) Close() error {
	say("store closed")
	return nil
}

// runServer runs an App that answers one request when a line comes on standard input. It says on standard output what it
// is doing, in lines.
func runServer() int {
	session.Register("closing", func(session.BackendOptions, *slog.Logger) (session.Store, error) { return closingStore{}, nil })
	app, err := proapi.New(proapi.Options{
		EnableSessions: true,
		Session:        session.Options{Backend: "closing", SecretKey: testKey},
		Logger:         slog.New(slog.NewTextHandler(os.Stdout, nil)),
	})
	if err != nil {
		return 2
	}
	app.Get("/", func(*proapi.Request) (any, error) {
		say("handling")
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return "finished", err
	})
	if err := app.Run("127.0.0.1:0"); err != nil {
		return 1
	}
	say("run returned")
	return 0
}

// A serverProcess is a process that runs runServer.
type serverProcess struct {
	*exec.Cmd

	in  io.WriteCloser
	out *bufio.Scanner
}

func startServer(t *testing.T) *serverProcess {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent SIGTERM")
	}
	p := &serverProcess{Cmd: exec.CommandContext(t.Context(), os.Args[0])}
	p.Env = append(os.Environ(), serveVariable+"=1")
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewScanner(out)
	return p
}

// await reads the process's output to a line that holds text.
func (p *serverProcess) await(t *testing.T, text string) string {
	t.Helper()
	var seen []string
	for p.out.Scan() {
		seen = append(seen, p.out.Text())
		if strings.Contains(p.out.Text(), text) {
			return p.out.Text()
		}
	}
	t.Fatalf("the process did not say %q, but: %q", text, seen)
	return ""
}

// request sends a request to the process and waits until it is being handled.
func (p *serverProcess) request(t *testing.T) (answer chan string) {
	t.Helper()
	_, address, _ := strings.Cut(p.await(t, "listening"), "address=")
	answer = make(chan string, 1)
	go func() { answer <- get(t, "http://"+address) }()
	p.await(t, "handling")
	return answer
}

func (p *serverProcess) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestSignalStopsAfterTheRequestsAndClosesTheStore(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(s.String(), func(t *testing.T) {
			p := startServer(t)
			answer := p.request(t)
			p.signal(t, s)
			p.await(t, "stopping")
			_, _ = io.WriteString(p.in, "finish\n")
			if got := <-answer; got != "200 finished" {
				t.Errorf("the request that was being handled got %q", got)
			}
			p.await(t, "store closed")
			p.await(t, "run returned")
			if err := p.Wait(); err != nil {
				t.Errorf("the process ends with %v", err)
			}
		})
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := startServer(t)
	answer := p.request(t)
	p.signal(t, syscall.SIGTERM)
	p.await(t, "stopping")
	p.signal(t, syscall.SIGTERM)
	_ = p.Wait()
	if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		t.Errorf("the process was not ended by the signal: %v", p.ProcessState)
	}
	if got := <-answer; got == "200 finished" {
		t.Error("the request was answered")
	}
}
