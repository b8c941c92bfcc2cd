// Package sessionprom hands what a session.Manager counts to Prometheus.
//
//	registry := prometheus.NewRegistry()
//	registry.MustRegister(sessionprom.New(manager, sessionprom.Options{}))
//	http.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
//
// Nothing is counted that the manager does not count anyway, and nothing is asked of the store but once a scrape, how much
// it holds. The metrics are listed in docs/operating.md, with the alerts that are worth having; dashboard.json, beside this
// file, shows all of them in Grafana.
package sessionprom

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/internal/figures"
)

// Options configure a Collector. The zero value of each field is its default.
type Options struct {
	// Labels are on every metric, such as the application's name where several managers are registered in one place.
	Labels prometheus.Labels

	// Timeout bounds how long a scrape waits for the store to say how much it holds; 0 is 1 second. Keep it below the
	// scrape's own.
	Timeout time.Duration
}

// A Collector is a prometheus.Collector of one Manager. It is safe for concurrent use.
type Collector struct {
	manager *session.Manager
	meter   *figures.Meter

	counters                                                 []*prometheus.Desc // in the order of figures.Counters
	rejected, duration, sweeps, swept, live, exact, size, up *prometheus.Desc
}

// New returns a Collector of what m counts, to be registered. Two of them in one registry need Labels that differ.
func New(m *session.Manager, o Options) *Collector {
	desc := func(c figures.Counter, suffix string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(strings.ReplaceAll(c.Name, ".", "_")+suffix, c.Help, labels, o.Labels)
	}
	c := &Collector{
		manager:  m,
		meter:    figures.NewMeter(m, o.Timeout),
		rejected: desc(figures.Rejected, "_total", "reason"),
		duration: desc(figures.Duration, "_seconds", "operation"),
		sweeps:   desc(figures.Sweeps, "_total"),
		swept:    desc(figures.Swept, "_total"),
		live:     desc(figures.Live, ""),
		exact:    desc(figures.Exact, ""),
		size:     desc(figures.Size, "_bytes"),
		up:       desc(figures.Up, ""),
	}
	for _, counter := range figures.Counters {
		c.counters = append(c.counters, desc(counter, "_total"))
	}
	return c
}

// Describe sends the metrics' descriptions; see prometheus.Collector.
func (c *Collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range c.counters {
		descs <- desc
	}
	for _, desc := range []*prometheus.Desc{c.rejected, c.duration, c.sweeps, c.swept, c.live, c.exact, c.size, c.up} {
		descs <- desc
	}
}

// Collect sends the metrics as they are now; see prometheus.Collector. Of a store that does not answer in time
// session_store_up is 0, and there are no figures of what it holds; of one that cannot tell, nothing is said.
func (c *Collector) Collect(metrics chan<- prometheus.Metric) {
	stats := c.manager.Stats()
	for i, counter := range figures.Counters {
		metrics <- count(c.counters[i], counter.Value(&stats))
	}
	for reason, n := range stats.Rejected {
		metrics <- count(c.rejected, n, reason)
	}
	for _, t := range figures.Times {
		metrics <- histogram(c.duration, t.Value(&stats), t.Operation)
	}
	usage, err := c.meter.Usage(context.Background())
	switch {
	case errors.Is(err, session.ErrNotMeasured):
	case err != nil:
		metrics <- gauge(c.up, 0)
	default:
		metrics <- gauge(c.up, 1)
		metrics <- gauge(c.live, float64(usage.Sessions))
		metrics <- gauge(c.size, float64(usage.Bytes))
		metrics <- gauge(c.exact, oneIf(usage.Exact))
		metrics <- count(c.sweeps, usage.Sweeps)
		metrics <- count(c.swept, usage.Swept)
	}
}

func count(desc *prometheus.Desc, n uint64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
}

func gauge(desc *prometheus.Desc, value float64) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// histogram hands on a histogram, whose buckets Prometheus wants to hold what the buckets below them hold, too.
func histogram(desc *prometheus.Desc, h *session.Histogram, labels ...string) prometheus.Metric {
	buckets, below := make(map[float64]uint64, len(h.Bounds)), uint64(0)
	for i, bound := range h.Bounds {
		below += h.Counts[i]
		buckets[bound.Seconds()] = below
	}
	return prometheus.MustNewConstHistogram(desc, h.Count, h.Sum.Seconds(), buckets, labels...)
}
