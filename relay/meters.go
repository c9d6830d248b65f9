package relay

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// meters gives OpenTelemetry what Handler gives Prometheus.
type meters struct {
	latency metric.Float64Histogram
	stop    func()
}

func (m *meters) observe(d time.Duration) {
	m.latency.Record(context.Background(), max(d, 0).Seconds())
}

const meterPrefix = "sioxide.relay."

func (r *Relay) instruments() (*meters, error) {
	meter := r.config.meters.Meter("github.com/sioxide/emitter/relay")
	latency, err := meter.Float64Histogram(meterPrefix+"latency", metric.WithUnit("s"),
		metric.WithDescription("From when operations were written to when they were performed."), metric.WithExplicitBucketBoundaries(LatencyBounds...))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	var all []metric.Observable
	counters := make([]metric.Int64ObservableCounter, len(numbers))
	for i, n := range numbers {
		if counters[i], err = meter.Int64ObservableCounter(meterPrefix+n.name, metric.WithDescription(n.help)); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
		all = append(all, counters[i])
	}
	gauges := make(map[string]metric.Float64ObservableGauge)
	for name, unit := range map[string]string{"held": "", "lag.messages": "", "lag.age": "s", "cluster.up": "", "source.up": ""} {
		g, err := meter.Float64ObservableGauge(meterPrefix+name, metric.WithUnit(unit))
		if err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
		gauges[name], all = g, append(all, g)
	}
	registration, err := meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		s := r.Stats()
		for i, n := range numbers {
			o.ObserveInt64(counters[i], int64(n.of(&s))) //nolint:gosec // a count
		}
		o.ObserveFloat64(gauges["held"], float64(s.Held))
		o.ObserveFloat64(gauges["cluster.up"], r.cluster.up(r.now()))
		o.ObserveFloat64(gauges["source.up"], r.origin.up(r.now()))
		waiting, age, err := r.Lag(ctx)
		if err != nil {
			return err
		}
		o.ObserveFloat64(gauges["lag.messages"], float64(waiting))
		o.ObserveFloat64(gauges["lag.age"], age.Seconds())
		return nil
	}, all...)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &meters{latency: latency, stop: func() { _ = registration.Unregister() }}, nil
}
