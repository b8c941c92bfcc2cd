package sessionotel_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessionotel"
)

// A request's trace shows what its session cost. In an application the middleware that begins the request's span is
// otelhttp's, and the providers are those that its SDK was set up with.
func Example() {
	spans := tracetest.NewInMemoryExporter()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	meters := sdkmetric.NewMeterProvider()

	calls, err := sessionotel.StoreCalls(traces, meters)
	if err != nil {
		fmt.Println(err)
		return
	}
	manager, err := session.New(session.Options{
		SecretKey: "a secret of thirty-two bytes or more", OnStoreCall: calls, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = manager.Close() }()
	registration, err := sessionotel.Metrics(manager, meters)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = registration.Unregister() }()

	app := manager.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Set("seen", true)
	}))
	ctx, request := traces.Tracer("otelhttp").Start(context.Background(), "GET /")
	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
	request.End()

	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
	}
	// Output:
	// session save
	// GET /
}
