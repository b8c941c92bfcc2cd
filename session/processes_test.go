package session_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/filestore"
)

const (
	processes   = 4
	perProcess  = 50
	workerEnv   = "SESSION_TEST_WORKER"
	workerDir   = "SESSION_TEST_DIRECTORY"
	workerToken = "SESSION_TEST_TOKEN"
)

// TestWorker is one of the processes that the tests below start.
func TestWorker(t *testing.T) {
	name := os.Getenv(workerEnv)
	if name == "" {
		t.Skip("runs only as a process of the tests below")
	}
	s, err := filestore.New(filestore.Options{Directory: os.Getenv(workerDir)})
	v := &visitor{m: newManager(t, opened(t, s, err)), token: os.Getenv(workerToken)}
	if name == "logout" {
		wantStatus(t, v.use((*session.Session).Logout), http.StatusOK)
		return
	}
	atOnce(perProcess, func(i int) {
		a := v.with().use(func(s *session.Session) {
			increment(s, "n")
			s.Set(fmt.Sprintf("%s-%d", name, i), i)
		})
		wantStatus(t, a, http.StatusOK)
	})
}

// work runs a worker to its end.
func work(t *testing.T, name, dir, token string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorker$")
	cmd.Env = append(os.Environ(), workerEnv+"="+name, workerDir+"="+dir, workerToken+"="+token)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("process %s: %v\n%s", name, err, out)
	}
}

func TestProcessesOnOneDirectoryLoseNoUpdate(t *testing.T) {
	dir := t.TempDir() + "/sessions"
	s, err := filestore.New(filestore.Options{Directory: dir})
	v := &visitor{m: newManager(t, opened(t, s, err))}
	v.use(func(s *session.Session) { s.Set("n", 0) })
	var all sync.WaitGroup
	for p := range processes {
		all.Go(func() { work(t, fmt.Sprint(p), dir, v.token) })
	}
	all.Wait()
	v.use(func(s *session.Session) {
		if n := s.Get("n"); n != processes*perProcess {
			t.Errorf("n is %v, want %d", n, processes*perProcess)
		}
		if got := s.Len(); got != processes*perProcess+1 {
			t.Errorf("%d values, want %d", got, processes*perProcess+1)
		}
	})
}

func TestLogoutInAnotherProcessWinsOverSlowRequest(t *testing.T) {
	dir := t.TempDir() + "/sessions"
	s, err := filestore.New(filestore.Options{Directory: dir})
	v := &visitor{m: newManager(t, opened(t, s, err))}
	v.use(func(s *session.Session) { s.Login("7") })
	a := v.with().use(func(s *session.Session) {
		s.UserID()
		work(t, "logout", dir, v.token)
		s.Set("cart", 3)
	})
	wantStatus(t, a, http.StatusConflict)
	wantNoCookie(t, a)
	wantSeen(t, v, "")
}
