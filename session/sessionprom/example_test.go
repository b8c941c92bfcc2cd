package sessionprom_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessionprom"
)

// An application that Prometheus can ask. Keep /metrics from the public: on another port, or behind a login.
func ExampleNew() {
	manager, err := session.New(session.Options{SecretKey: "a secret of thirty-two bytes or more", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = manager.Close() }()
	registry := prometheus.NewRegistry()
	registry.MustRegister(sessionprom.New(manager, sessionprom.Options{Labels: prometheus.Labels{"app": "shop"}}))

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /", func(_ http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Set("seen", true)
	})
	app := manager.Middleware(mux)
	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))

	page := httptest.NewRecorder()
	app.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, "session_created_total") || strings.HasPrefix(line, "session_live{") {
			fmt.Print(line)
		}
	}
	// Output:
	// session_created_total{app="shop"} 1
	// session_live{app="shop"} 1
}
