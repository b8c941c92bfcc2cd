package devicebound_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/devicebound"
)

func ExampleNew() {
	sessions, err := session.New(session.Options{
		SecretKey: "5f0c3c1b8e6a4d2790b7e1f3a2c4d5968778695a4b3c2d1e0f9a8b7c6d5e4f30", // from the environment
		Secure:    session.On,
		Binding:   devicebound.New(devicebound.Options{}),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	app := sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Login("ann")
	}))

	rec := httptest.NewRecorder()
	app.ServeHTTP(rec, httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/login", http.NoBody))
	asks, _, _ := strings.Cut(rec.Header().Get("Secure-Session-Registration"), "challenge")
	fmt.Println(asks)
	// Output: (ES256);path="/session/device/register";
}
