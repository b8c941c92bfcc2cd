package sessionotel_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/sessionotel"
	"github.com/proapi-go/proapi/session/sessiontest"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setup is a manager over a store that fails when it is told to, and what its spans and metrics come to.
type setup struct {
	*session.Manager

	store  *storetest.Faulty
	spans  *tracetest.InMemoryExporter
	traces *sdktrace.TracerProvider
	meters *sdkmetric.MeterProvider
	reader *sdkmetric.ManualReader
}

func newSetup(t *testing.T) *setup {
	t.Helper()
	memory, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &setup{store: storetest.NewFaulty(memory), spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	s.traces = sdktrace.NewTracerProvider(sdktrace.WithSyncer(s.spans))
	s.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.reader))
	calls, err := sessionotel.StoreCalls(s.traces, s.meters)
	if err != nil {
		t.Fatal(err)
	}
	s.Manager, err = session.New(session.Options{
		SecretKey: "a secret of thirty-two bytes or more", Store: s.store, Logger: slog.New(slog.DiscardHandler), OnStoreCall: calls,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), s.store.Close(), s.traces.Shutdown(context.Background()), s.meters.Shutdown(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return s
}

// request handles a request with a cookie within a span of its own, which it returns, with the new cookie, if any.
func (s *setup) request(t *testing.T, cookie string, use func(s *session.Session)) (trace.SpanContext, string) {
	t.Helper()
	ctx, span := s.traces.Tracer("test").Start(t.Context(), "GET /")
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	if cookie != "" {
		r.Header.Set("Cookie", "session="+cookie)
	}
	w := httptest.NewRecorder()
	s.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { use(session.From(r.Context())) })).ServeHTTP(w, r)
	span.End()
	for _, c := range w.Result().Cookies() {
		cookie = c.Value
	}
	return span.SpanContext(), cookie
}

// taken returns the store's spans so far, and forgets them.
func (s *setup) taken() (spans tracetest.SpanStubs) {
	for _, span := range s.spans.GetSpans() {
		if strings.HasPrefix(span.Name, "session ") {
			spans = append(spans, span)
		}
	}
	s.spans.Reset()
	return spans
}

func TestStoreCallsAreSpansOfTheirRequest(t *testing.T) {
	s := newSetup(t)
	began := time.Now()
	_, cookie := s.request(t, "", func(s *session.Session) { s.Set("secret", "value") })
	s.taken()
	parent, _ := s.request(t, cookie, func(s *session.Session) {
		s.Get("secret")
		s.Set("secret", "another value")
	})
	spans := s.taken()
	if len(spans) != 2 || spans[0].Name != "session load" || spans[1].Name != "session save" {
		t.Fatalf("the spans are %v, want a load's and a save's", names(spans))
	}
	for _, span := range spans {
		if span.Parent.SpanID() != parent.SpanID() || span.SpanContext.TraceID() != parent.TraceID() {
			t.Errorf("%s is no child of its request's span", span.Name)
		}
		if span.StartTime.Before(began.Add(-time.Second)) || span.EndTime.Before(span.StartTime) || span.EndTime.After(time.Now().Add(time.Second)) {
			t.Errorf("%s lasts from %v to %v", span.Name, span.StartTime, span.EndTime)
		}
		want := []attribute.KeyValue{attribute.String("session.outcome", "ok")}
		if !slices.Equal(span.Attributes, want) || len(span.Events) != 0 {
			t.Errorf("%s has the attributes %v and events %v, want %v alone", span.Name, span.Attributes, span.Events, want)
		}
	}
}

func names(spans tracetest.SpanStubs) (names []string) {
	for _, span := range spans {
		names = append(names, span.Name)
	}
	return names
}

func TestSpansHaveTheirCallsOutcome(t *testing.T) {
	s := newSetup(t)
	outcomes := func() (all []string) {
		for _, span := range s.taken() {
			all = append(all, span.Name+" "+span.Attributes[0].Value.AsString())
			if failed := span.Status.Code == codes.Error; failed != strings.HasSuffix(all[len(all)-1], " error") {
				t.Errorf("%s has the status %v", all[len(all)-1], span.Status)
			}
		}
		return all
	}
	_, cookie := s.request(t, "", func(*session.Session) {})
	s.request(t, cookie, func(s *session.Session) { s.Set("n", 1) })
	s.request(t, cookie, func(of *session.Session) {
		of.Set("n", 2)
		s.request(t, cookie, func(of *session.Session) { of.Set("n", 3) })
	})
	s.request(t, cookie, (*session.Session).Logout)
	s.store.FailNext(storetest.Load, errors.New("down"))
	s.request(t, cookie, func(s *session.Session) { s.Get("n") })
	want := []string{
		"session load not_found", "session save ok",
		"session load ok", "session load ok", "session save ok", "session save conflict", "session load ok", "session save ok",
		"session load ok", "session delete ok",
		"session load error",
	}
	if got := outcomes(); !slices.Equal(got, want) {
		t.Errorf("the spans are\n%q, want\n%q", got, want)
	}
}

func TestRequestsThatAreNotTracedHaveNoSpans(t *testing.T) {
	s := newSetup(t)
	sessiontest.New(t, s.Manager).Login("ann")
	if spans := s.taken(); len(spans) != 0 {
		t.Errorf("there are spans: %v", names(spans))
	}
}

// metrics returns what is exported: sums, gauges and the counts of histograms, by name and attributes.
func (s *setup) metrics(t *testing.T) map[string]int64 {
	t.Helper()
	var exported metricdata.ResourceMetrics
	if err := s.reader.Collect(t.Context(), &exported); err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	name := func(m *metricdata.Metrics, set attribute.Set) string {
		return m.Name + "{" + set.Encoded(attribute.DefaultEncoder()) + "}"
	}
	for _, scope := range exported.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				if !data.IsMonotonic {
					t.Errorf("%s can go back", m.Name)
				}
				for _, p := range data.DataPoints {
					found[name(&m, p.Attributes)] = p.Value
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					found[name(&m, p.Attributes)] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					found[name(&m, p.Attributes)] = int64(p.Count)
					wantBounds(t, s.Manager, p.Bounds)
				}
			default:
				t.Errorf("%s is a %T", m.Name, m.Data)
			}
		}
	}
	return found
}

// wantBounds checks that both histograms have the same buckets.
func wantBounds(t *testing.T, m *session.Manager, got []float64) {
	t.Helper()
	var want []float64
	for _, bound := range m.Stats().LoadTime.Bounds {
		want = append(want, bound.Seconds())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the bounds are %v, want the manager's, %v", got, want)
	}
}

func TestMetricsAreWhatTheManagerCounted(t *testing.T) {
	s := newSetup(t)
	registration, err := sessionotel.Metrics(s.Manager, s.meters, metric.WithAttributes(attribute.String("app", "shop")))
	if err != nil {
		t.Fatal(err)
	}
	v := sessiontest.New(t, s.Manager)
	v.Set(map[string]any{"n": 1})
	v.Login("ann")
	s.request(t, "forged", func(*session.Session) {})
	got, stats := s.metrics(t), s.Stats()
	for name, want := range map[string]int64{
		"session.loads{app=shop}":                            int64(stats.Loads),
		"session.commits{app=shop}":                          int64(stats.Commits),
		"session.logins{app=shop}":                           1,
		"session.logouts{app=shop}":                          0,
		"session.rejected.tokens{app=shop,reason=malformed}": 1,
		"session.rejected.tokens{app=shop,reason=signature}": 0,
		"session.live{app=shop}":                             1,
		"session.live.exact{app=shop}":                       1,
		"session.store.up{app=shop}":                         1,
		"session.sweeps{app=shop}":                           0,
		"session.store.duration{operation=load,outcome=ok}":  int64(stats.LoadTime.Count),
		"session.store.duration{operation=save,outcome=ok}":  int64(stats.SaveTime.Count),
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %d, %t, want %d", name, value, ok, want)
		}
	}
	if err := registration.Unregister(); err != nil {
		t.Error(err)
	}
	for name := range s.metrics(t) {
		if !strings.HasPrefix(name, "session.store.duration") {
			t.Errorf("%s is exported after Unregister", name)
		}
	}
}

func TestMetricsOfAStoreThatDoesNotAnswer(t *testing.T) {
	s := newSetup(t)
	if _, err := sessionotel.Metrics(s.Manager, s.meters); err != nil {
		t.Fatal(err)
	}
	s.store.Fail(storetest.Measure, errors.New("down"))
	got := s.metrics(t)
	if up, ok := got["session.store.up{}"]; up != 0 || !ok {
		t.Errorf("session.store.up is %d, %t", up, ok)
	}
	if _, ok := got["session.live{}"]; ok {
		t.Error("there are live sessions in a store that is down")
	}
	s.store.Heal()
	if got := s.metrics(t); got["session.store.up{}"] != 1 {
		t.Errorf("after it is back the metrics are %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestNoProvidersRecordNothing(t *testing.T) {
	calls, err := sessionotel.StoreCalls(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	calls(t.Context(), session.StoreCall{Operation: "load"})
}
