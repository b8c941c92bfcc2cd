package testbrowser

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// ServeTLS serves h over https on loopback until the test ends. A browser that was started with the flag takes the
// server's certificate for a good one, under every name: the server's URL has 127.0.0.1, and localhost is, to a browser,
// another site with the same port.
//
// The flag names the certificate's key. To a browser that ignores certificate errors in general the connection stays a
// broken one, over which it does not do everything.
func ServeTLS(tb testing.TB, h http.Handler) (server *httptest.Server, flag string) {
	tb.Helper()
	server = httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers open connections and do not use them
	server.StartTLS()
	tb.Cleanup(server.Close)
	key := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
	return server, "ignore-certificate-errors-spki-list=" + base64.StdEncoding.EncodeToString(key[:])
}
