package torture_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
)

// visitorVariable tells a process of this program to be an application and its one visitor, with sessions in a directory, all
// in one thread: the one whose system calls are made to fail.
const visitorVariable = "TORTURE_VISITOR"

// visit reads requests, one a line, and answers each with a status and what the session then counts. The first line that it
// writes is the number of its thread.
func visit(directory string) error {
	runtime.LockOSThread() // the main goroutine's: lines are read and written by others
	s, err := filestore.New(filestore.Options{Directory: directory, Sync: filestore.SyncAlways, SweepInterval: -1, CacheBytes: -1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	m, err := session.New(session.Options{SecretKey: secret, Store: s, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	requests, answers := make(chan string), make(chan string)
	go func() {
		defer close(requests)
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			requests <- lines.Text()
		}
	}()
	go func() {
		for a := range answers {
			_, _ = fmt.Fprintln(os.Stdout, a)
		}
	}()
	answers <- fmt.Sprint(threadID())
	v := &onlyVisitor{}
	for r := range requests {
		answers <- v.ask(m, r)
	}
	return s.Close()
}

type onlyVisitor struct{ token, before string }

// ask sends a request in this thread.
func (v *onlyVisitor) ask(m *session.Manager, what string) string {
	if what == "begin" {
		v.token = ""
	}
	h := m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		switch what {
		case "begin":
			s.Set(countKey, 1)
		case "count":
			_ = session.Modify(s, countKey, func(n int) int { return n + 1 })
		case "login":
			s.Login("ada")
			_ = session.Modify(s, countKey, func(n int) int { return n + 1 })
		case "logout":
			s.Logout()
		}
		_, _ = fmt.Fprint(w, s.Get(countKey, 0))
	}))
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", http.NoBody)
	if v.token != "" {
		r.Header.Set("Cookie", session.DefaultCookieName+"="+v.token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.before, v.token = v.token, c.Value
	}
	return fmt.Sprintf("%d %s", w.Code, strings.ReplaceAll(strings.TrimSpace(w.Body.String()), " ", ""))
}

// A patient is such a process, as the test sees it.
type patient struct {
	t      *testing.T
	strace string
	dir    string
	thread string
	pid    int
	in     io.Writer
	out    *bufio.Reader
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{t: t, strace: tracer(t), dir: t.TempDir() + "/sessions"}
	proc, out := spawn(t, visitorVariable, p.dir)
	p.pid, p.in, p.out = proc.cmd.Process.Pid, proc.input.(io.Writer), out
	p.thread = p.read()
	return p
}

func (p *patient) read() string {
	p.t.Helper()
	text, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the process has ended: %v", err)
	}
	return strings.TrimSpace(text)
}

func (p *patient) ask(what string) (status, count int) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, what); err != nil {
		p.t.Fatal(err)
	}
	text := p.read()
	_, _ = fmt.Sscan(text, &status, &count) // the text of an error is no count
	return status, count
}

// injured sends a request while the n-th call of its kind fails, and reports whether there was one.
func (p *patient) injured(what, call, errno string, n int) (status, count int, hit bool) {
	p.t.Helper()
	log := p.t.TempDir() + "/strace"
	cmd := exec.CommandContext(p.t.Context(), p.strace, "-p", p.thread, "-o", log, "-e", "trace="+call,
		"-e", fmt.Sprintf("inject=%s:error=%s:when=%d", call, errno, n))
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewReader(said)
	if text, err := lines.ReadString('\n'); err != nil || !strings.Contains(text, "attached") {
		p.t.Fatalf("strace says %q, %v", text, err)
	}
	status, count = p.ask(what)
	_ = cmd.Process.Signal(os.Interrupt) // it lets go of the thread
	_, _ = io.Copy(io.Discard, lines)
	_ = cmd.Wait()
	b, err := os.ReadFile(log)
	if err != nil {
		p.t.Fatal(err)
	}
	return status, count, strings.Contains(string(b), "(INJECTED)")
}

func (p *patient) descriptors() int {
	p.t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(files)
}

// An injury is one way in which the disk fails.
type injury struct{ call, errno string }

// injuries are the calls that a request may make, and how they fail.
func injuries(t *testing.T) []injury {
	t.Helper()
	var all []injury
	for _, call := range []string{
		"openat", "newfstatat", "fstat", "read", "pread64", "write", "pwrite64", "ftruncate", "utimensat", "fsync", "fdatasync",
		"renameat", "flock", "mkdirat", "unlinkat", "close",
	} {
		all = append(all, injury{call, "EIO"})
		switch call {
		case "openat", "write", "pwrite64", "ftruncate", "utimensat", "fsync", "fdatasync", "renameat", "mkdirat":
			if long(t) > 0 {
				all = append(all, injury{call, "ENOSPC"}, injury{call, "EROFS"})
			}
		}
	}
	return all
}

// TestEachSystemCallFailsInTurn makes each system call of a request fail, one after the other.
func TestEachSystemCallFailsInTurn(t *testing.T) {
	p := newPatient(t)
	if status, _ := p.ask("begin"); status != http.StatusOK {
		t.Fatalf("the first request is answered %d", status)
	}
	p.ask("login")
	injured, refused, violations := 0, 0, 0
	for _, what := range forms(t, []string{"count", "login"}, []string{"count", "login", "begin", "logout", "look"}) {
		for _, in := range injuries(t) {
			for n := 1; n < 50; n++ {
				status, hit, fault := p.suffer(what, in, n)
				if !hit {
					break
				}
				injured++
				if status == http.StatusServiceUnavailable {
					refused++
				}
				if fault != nil {
					violations++
					t.Errorf("%s where %s %d fails with %s: %v", what, in.call, n, in.errno, fault)
				}
			}
		}
	}
	t.Logf("%d system calls failed in turn, %d requests were answered 503, the others did without: %d violations", injured, refused, violations)
	if injured < 20 || refused < 10 {
		t.Error("too few system calls failed for the test to mean anything")
	}
}

// shardsInUse is how many descriptors a few requests may need for shards that were not in use: two each.
const shardsInUse = 12

// suffer sends one request to a session of its own that an injury hits, and looks at what is left.
func (p *patient) suffer(what string, in injury, n int) (status int, hit bool, fault error) {
	p.t.Helper()
	if status, _ := p.ask("begin"); status != http.StatusOK {
		return 0, false, fmt.Errorf("a session cannot begin: %d", status)
	}
	open := p.descriptors()
	status, _, hit = p.injured(what, in.call, in.errno, n)
	var faults []error
	if status != http.StatusOK && status != http.StatusServiceUnavailable {
		faults = append(faults, fmt.Errorf("the request is answered %d", status))
	}
	lookStatus, counts := p.ask("look")
	if ok := expected(what, status == http.StatusOK, counts); lookStatus != http.StatusOK || !ok {
		faults = append(faults, fmt.Errorf("the request is answered %d, and then the session counts %d (%d)", status, counts, lookStatus))
	}
	if again, _ := p.ask("count"); again != http.StatusOK {
		faults = append(faults, fmt.Errorf("the next request is answered %d", again))
	}
	if now := p.descriptors(); in.call != "close" && now > open+shardsInUse {
		faults = append(faults, fmt.Errorf("%d descriptors are open, and %d were", now, open))
	}
	if left := count(p.t, p.dir, isTemporary); left > 0 && in.call != "unlinkat" {
		faults = append(faults, fmt.Errorf("%d temporary files are left", left))
	}
	return status, hit, errors.Join(faults...)
}

// expected reports whether a session that counted 1 may count so much after a request. Where that was refused, nobody knows
// whether it had its effect; a session that was being renewed or ended may then be gone, and the visitor has a new one.
func expected(what string, done bool, count int) bool {
	switch what {
	case "count", "login":
		return count == 2 || !done && (count == 1 || what == "login" && count == 0)
	case "begin":
		return count == 1 || !done && count == 0
	case "logout":
		return count == 0 || !done && count == 1
	}
	return count == 1
}
