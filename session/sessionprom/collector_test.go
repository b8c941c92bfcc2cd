package sessionprom_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/sessionprom"
	"github.com/proapi-go/proapi/session/sessiontest"
	"github.com/proapi-go/proapi/session/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newManager returns a manager over a store that fails when it is told to.
func newManager(t *testing.T) (*session.Manager, *storetest.Faulty) {
	t.Helper()
	memory, err := memstore.New(memstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := storetest.NewFaulty(memory)
	t.Cleanup(func() { _ = store.Close() })
	return managerOver(t, store.Whole()), store
}

func managerOver(t *testing.T, store session.Store) *session.Manager {
	t.Helper()
	m, err := session.New(session.Options{
		SecretKey: "a secret of thirty-two bytes or more", Store: store, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// scrape returns what Prometheus would read from the collectors over HTTP.
func scrape(t *testing.T, collectors ...prometheus.Collector) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collectors...)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", response.Status, body, err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value returns a metric's value, -1 where there is no such metric.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	for _, m := range families[name].GetMetric() {
		if !hasLabels(m, labels) {
			continue
		}
		switch {
		case m.GetCounter() != nil:
			return m.GetCounter().GetValue()
		case m.GetGauge() != nil:
			return m.GetGauge().GetValue()
		default:
			return float64(m.GetHistogram().GetSampleCount())
		}
	}
	return -1
}

// hasLabels reports whether the metric has the labels, which are names and values by turns.
func hasLabels(m *dto.Metric, labels []string) bool {
	has := map[string]string{}
	for _, l := range m.GetLabel() {
		has[l.GetName()] = l.GetValue()
	}
	for i := 0; i < len(labels); i += 2 {
		if has[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// wantValues checks values by name, or by name{label=value}.
func wantValues(t *testing.T, families map[string]*dto.MetricFamily, want map[string]float64) {
	t.Helper()
	for name, n := range want {
		metric, label, _ := strings.Cut(strings.TrimSuffix(name, "}"), "{")
		var labels []string
		if label != "" {
			labels = strings.Split(label, "=")
		}
		if got := value(families, metric, labels...); got != n {
			t.Errorf("%s is %v, want %v", name, got, n)
		}
	}
}

func TestScrapeHasWhatTheManagerCounted(t *testing.T) {
	m, _ := newManager(t)
	ann, ben := sessiontest.New(t, m), sessiontest.New(t, m)
	ann.Set(map[string]any{"cart": 1})
	ann.Login("ann")
	ben.Login("ben")
	if _, err := m.RevokeUser(t.Context(), "ben"); err != nil {
		t.Fatal(err)
	}
	forged := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	forged.Header.Set("Cookie", "session=x")
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Get("cart")
	})).ServeHTTP(httptest.NewRecorder(), forged)
	s := m.Stats()
	wantValues(t, scrape(t, sessionprom.New(m, sessionprom.Options{})), map[string]float64{
		"session_loads_total":                             float64(s.Loads),
		"session_commits_total":                           float64(s.Commits),
		"session_deletes_total":                           float64(s.Deletes),
		"session_created_total":                           1,
		"session_renewals_total":                          2,
		"session_logins_total":                            2,
		"session_revocations_total":                       1,
		"session_logouts_total":                           0,
		"session_rejected_tokens_total{reason=malformed}": 1,
		"session_rejected_tokens_total{reason=ambiguous}": 0,
		"session_store_duration_seconds{operation=load}":  float64(s.LoadTime.Count),
		"session_store_duration_seconds{operation=save}":  float64(s.SaveTime.Count),
		"session_store_up":                                1,
		"session_live":                                    2, // and the time until which Ben's are revoked, which is a record
		"session_live_exact":                              1,
		"session_sweeps_total":                            0,
		"session_swept_total":                             0,
	})
	if s.Loads == 0 || s.Commits == 0 || s.Deletes == 0 {
		t.Errorf("the test makes the store do nothing: %+v", s)
	}
}

func TestBucketsOfAHistogramHoldThoseBelow(t *testing.T) {
	m, _ := newManager(t)
	sessiontest.New(t, m).Login("ann")
	h := scrape(t, sessionprom.New(m, sessionprom.Options{}))["session_store_duration_seconds"].GetMetric()
	for _, metric := range h {
		last := uint64(0)
		for _, b := range metric.GetHistogram().GetBucket() {
			if b.GetCumulativeCount() < last {
				t.Errorf("a bucket holds %d, and the one below it %d", b.GetCumulativeCount(), last)
			}
			last = b.GetCumulativeCount()
		}
		if last != metric.GetHistogram().GetSampleCount() {
			t.Errorf("the last bucket holds %d of %d calls", last, metric.GetHistogram().GetSampleCount())
		}
	}
	if len(h) != 3 {
		t.Errorf("%d histograms, want one for each operation", len(h))
	}
}

func TestNamesKeepPrometheusConventions(t *testing.T) {
	m, _ := newManager(t)
	problems, err := testutil.CollectAndLint(sessionprom.New(m, sessionprom.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestTwoManagersInOneRegistryAreToldApart(t *testing.T) {
	shop, _ := newManager(t)
	blog, _ := newManager(t)
	sessiontest.New(t, shop).Login("ann")
	families := scrape(t,
		sessionprom.New(shop, sessionprom.Options{Labels: prometheus.Labels{"app": "shop"}}),
		sessionprom.New(blog, sessionprom.Options{Labels: prometheus.Labels{"app": "blog"}}))
	wantValues(t, families, map[string]float64{"session_logins_total{app=shop}": 1, "session_logins_total{app=blog}": 0})
}

func TestScrapeOfAStoreThatIsDownHasTheRest(t *testing.T) {
	m, store := newManager(t)
	sessiontest.New(t, m).Login("ann")
	store.Fail(storetest.Measure, errors.New("down"))
	wantValues(t, scrape(t, sessionprom.New(m, sessionprom.Options{})), map[string]float64{
		"session_store_up": 0, "session_live": -1, "session_sweeps_total": -1, "session_logins_total": 1,
	})
}

func TestScrapeOfAStoreThatHangsEnds(t *testing.T) {
	m, store := newManager(t)
	release := store.Hold(storetest.Measure)
	defer release()
	c := sessionprom.New(m, sessionprom.Options{Timeout: 20 * time.Millisecond})
	for range 3 {
		wantValues(t, scrape(t, c), map[string]float64{"session_store_up": 0, "session_live": -1})
	}
	release()
	eventually(t, func() bool { return value(scrape(t, c), "session_store_up") == 1 })
}

// deaf is a store that does not look at the context while it is asked how much it holds.
type deaf struct {
	session.Store

	asked  atomic.Int64
	answer chan struct{}
}

func (d *deaf) Usage(context.Context) (session.Usage, error) {
	d.asked.Add(1)
	<-d.answer
	return session.Usage{}, nil
}

func TestScrapesOfAStoreThatHangsForGoodDoNotPileUp(t *testing.T) {
	_, inner := newManager(t)
	store := &deaf{Store: inner, answer: make(chan struct{})}
	c := sessionprom.New(managerOver(t, store), sessionprom.Options{Timeout: 20 * time.Millisecond})
	for range 5 {
		wantValues(t, scrape(t, c), map[string]float64{"session_store_up": 0, "session_loads_total": 0})
	}
	if n := store.asked.Load(); n != 1 {
		t.Errorf("the store was asked %d times while it hung, want once", n)
	}
	close(store.answer)
	eventually(t, func() bool { return value(scrape(t, c), "session_store_up") == 1 })
}

// eventually waits until it is so.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); !ok(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("it never is so")
		}
	}
}

func TestScrapeOfAStoreThatCannotTellSaysNothingOfIt(t *testing.T) {
	_, inner := newManager(t)
	m := managerOver(t, struct{ session.Store }{inner})
	wantValues(t, scrape(t, sessionprom.New(m, sessionprom.Options{})), map[string]float64{
		"session_store_up": -1, "session_live": -1, "session_loads_total": 0,
	})
}
