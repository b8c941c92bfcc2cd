//go:build unix

package pgstore_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/proapi-go/proapi/internal/testpostgres"
	"github.com/proapi-go/proapi/session"
)

// Nothing says that the other end of an idle connection is gone: it is asked before it is used, and given up in time for
// another to be made.
func TestConnectionThatDiedInSilenceIsReplaced(t *testing.T) {
	t.Parallel()
	url := testpostgres.Database(t)
	s := opened(t, session.BackendOptions{"url": url + "&application_name=waiting", "timeout": "3s", "max_conns": 2})
	key, _ := saved(t, s, "x")
	server, err := os.FindProcess(backend(t, connect(t, url)))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Skip("not the server's user:", err)
	}
	defer func() { _ = server.Signal(syscall.SIGCONT) }()
	<-time.NewTimer(1100 * time.Millisecond).C // as long as a connection is trusted
	wantValues(t, s, key, 1, "x")
}
