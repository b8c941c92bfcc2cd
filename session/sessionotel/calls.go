// Package sessionotel hands what a session.Manager counts, and each call of its store, to OpenTelemetry.
//
//	calls, err := sessionotel.StoreCalls(otel.GetTracerProvider(), otel.GetMeterProvider())
//	if err != nil {
//		return err
//	}
//	manager, err := session.New(session.Options{OnStoreCall: calls})
//	if err != nil {
//		return err
//	}
//	registration, err := sessionotel.Metrics(manager, otel.GetMeterProvider())
//
// Either can be used alone. Spans and metrics hold no ID, user or value. Only OpenTelemetry's API is imported: where what is
// recorded goes is up to the application's SDK, and without one it goes nowhere.
package sessionotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/internal/figures"
)

// StoreCalls returns what session.Options.OnStoreCall is to be: it records each call of the store in the histogram
// session.store.duration, in seconds by operation and outcome, and, within a request that is traced, as a span "session
// load", "session save" or "session delete", a child of the request's span. The middleware that begins the request's span
// has to stand outside of the sessions'.
//
// A call's outcome is "ok", "not_found", "conflict" (another request came first) or "error". A provider that is nil gets
// nothing. With this every call of a store in memory is timed, which makes such a call take twice as long.
func StoreCalls(traces trace.TracerProvider, meters metric.MeterProvider) (func(context.Context, session.StoreCall), error) {
	if traces == nil {
		traces = tracenoop.NewTracerProvider()
	}
	if meters == nil {
		meters = metricnoop.NewMeterProvider()
	}
	duration, err := meters.Meter(scope).Float64Histogram(figures.Duration.Name, metric.WithUnit(figures.Duration.Unit),
		metric.WithDescription(figures.Duration.Help), metric.WithExplicitBucketBoundaries(bounds...))
	c := &calls{tracer: traces.Tracer(scope), duration: duration}
	return c.record, err
}

// bounds are those of session.Stats' histograms, in seconds.
var bounds = []float64{
	1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5,
}

// calls records calls.
type calls struct {
	tracer   trace.Tracer
	duration metric.Float64Histogram
}

// The outcomes of a call.
const (
	outcomeOK       = "ok"
	outcomeNotFound = "not_found"
	outcomeConflict = "conflict"
	outcomeError    = "error"
)

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return outcomeOK
	case errors.Is(err, session.ErrNotFound):
		return outcomeNotFound
	case errors.Is(err, session.ErrConflict):
		return outcomeConflict
	}
	return outcomeError
}

func (c *calls) record(ctx context.Context, call session.StoreCall) {
	outcome := outcomeOf(call.Err)
	c.duration.Record(ctx, call.Took.Seconds(), metric.WithAttributes(
		attribute.String("operation", call.Operation), attribute.String("outcome", outcome)))
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return // nobody's request, or one that is not traced: a span of its own would tell nothing
	}
	_, span := c.tracer.Start(ctx, "session "+call.Operation, trace.WithTimestamp(call.Began),
		trace.WithAttributes(attribute.String("session.outcome", outcome)))
	if outcome == outcomeError {
		span.SetStatus(codes.Error, call.Err.Error())
	}
	span.End(trace.WithTimestamp(call.Began.Add(call.Took)))
}
