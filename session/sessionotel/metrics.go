package sessionotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/internal/figures"
)

// scope is the name under which the package asks for meters and tracers.
const scope = "github.com/proapi-go/proapi/session/sessionotel"

// Metrics makes what m counts known to a meter provider, which reads it when it exports: session.loads, session.commits,
// session.live and the others that docs/operating.md lists. Call Unregister on what it returns when m is closed. The
// options are those of the callback's observations, such as metric.WithAttributes where there are several managers.
//
// At each export the store is asked, for a second at most, how much it holds; of one that does not answer session.store.up
// is 0. How long calls of the store take is not among these metrics: that is what [StoreCalls] records.
func Metrics(m *session.Manager, provider metric.MeterProvider, options ...metric.ObserveOption) (metric.Registration, error) {
	meter := provider.Meter(scope)
	in := newInstruments(meter)
	if in.err != nil {
		return nil, in.err
	}
	o := &observed{instruments: in, manager: m, meter: figures.NewMeter(m, 0), options: options}
	return meter.RegisterCallback(o.observe, in.all...)
}

// instruments are what is observed.
type instruments struct {
	counters                []metric.Int64ObservableCounter // in the order of figures.Counters
	rejected, sweeps, swept metric.Int64ObservableCounter
	live, size, exact, up   metric.Int64ObservableGauge

	all []metric.Observable
	err error
}

func newInstruments(meter metric.Meter) *instruments {
	in := &instruments{}
	counter := func(c figures.Counter) metric.Int64ObservableCounter {
		i, err := meter.Int64ObservableCounter(c.Name, metric.WithUnit(c.Unit), metric.WithDescription(c.Help))
		in.all, in.err = append(in.all, i), errors.Join(in.err, err)
		return i
	}
	gauge := func(c figures.Counter) metric.Int64ObservableGauge {
		i, err := meter.Int64ObservableGauge(c.Name, metric.WithUnit(c.Unit), metric.WithDescription(c.Help))
		in.all, in.err = append(in.all, i), errors.Join(in.err, err)
		return i
	}
	for _, c := range figures.Counters {
		in.counters = append(in.counters, counter(c))
	}
	in.rejected, in.sweeps, in.swept = counter(figures.Rejected), counter(figures.Sweeps), counter(figures.Swept)
	in.live, in.size, in.exact, in.up = gauge(figures.Live), gauge(figures.Size), gauge(figures.Exact), gauge(figures.Up)
	return in
}

// observed is a manager whose figures are read.
type observed struct {
	*instruments

	manager *session.Manager
	meter   *figures.Meter
	options []metric.ObserveOption
}

func (o *observed) observe(ctx context.Context, to metric.Observer) error {
	stats := o.manager.Stats()
	for i, c := range figures.Counters {
		to.ObserveInt64(o.counters[i], signed(c.Value(&stats)), o.options...)
	}
	for reason, n := range stats.Rejected {
		with := append([]metric.ObserveOption{metric.WithAttributes(attribute.String("reason", reason))}, o.options...)
		to.ObserveInt64(o.rejected, signed(n), with...)
	}
	usage, err := o.meter.Usage(ctx)
	switch {
	case errors.Is(err, session.ErrNotMeasured):
	case err != nil:
		to.ObserveInt64(o.up, 0, o.options...)
	default:
		to.ObserveInt64(o.up, 1, o.options...)
		to.ObserveInt64(o.live, usage.Sessions, o.options...)
		to.ObserveInt64(o.size, usage.Bytes, o.options...)
		to.ObserveInt64(o.exact, oneIf(usage.Exact), o.options...)
		to.ObserveInt64(o.sweeps, signed(usage.Sweeps), o.options...)
		to.ObserveInt64(o.swept, signed(usage.Swept), o.options...)
	}
	return nil
}

func signed(n uint64) int64 { return int64(n) } //nolint:gosec // it takes centuries to count so far

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
