package relay

import (
	"context"
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler serves /metrics in Prometheus's text form, and /healthz: 200 while the relay
// works or waits for work, otherwise 503 with the reason, as Healthy tells it.
func (r *Relay) Handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{r})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := r.Healthy(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, err.Error()+"\n") // the asker has gone
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	})
	return mux
}

// number is one of Stats as it is measured.
type number struct {
	name, help string
	of         func(*Stats) uint64
}

var numbers = []number{ //nolint:gochecknoglobals // a table
	{"performed", "Operations that every server took.", func(s *Stats) uint64 { return s.Performed }},
	{"duplicates", "Operations that were performed before.", func(s *Stats) uint64 { return s.Duplicates }},
	{"dead", "Operations that became dead letters.", func(s *Stats) uint64 { return s.Dead }},
	{"stale", "Operations dropped by their age.", func(s *Stats) uint64 { return s.Stale }},
	{"dropped", "Operations dropped as nobody serves their namespace.", func(s *Stats) uint64 { return s.Dropped }},
	{"retries", "Operations tried once more.", func(s *Stats) uint64 { return s.Retries }},
	{"in_doubt", "Operations tried once more that may have been performed before.", func(s *Stats) uint64 { return s.InDoubt }},
	{"unacknowledged", "Windows that clients did not acknowledge.", func(s *Stats) uint64 { return s.Unacked }},
	{"forgotten", "Ids that the memory for duplicates had no room for.", func(s *Stats) uint64 { return s.Forgotten }},
}

// collector gives Prometheus what Stats tells at the moment.
type collector struct{ r *Relay }

const namePrefix = "sioxide_relay_"

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(namePrefix+name, help, nil, nil)
}

var (
	descHeld    = describe("held", "Messages fetched and not settled.")
	descWaiting = describe("lag_messages", "Messages that wait in the source.")
	descAge     = describe("lag_seconds", "For how long the oldest of them has waited.")
	descCluster = describe("cluster_up", "1 while operations can be performed.")
	descSource  = describe("source_up", "1 while messages can be fetched and settled.")
	descLatency = describe("latency_seconds", "From when operations were written to when they were performed.")
)

// Describe says nothing: the collector is unchecked, its names are constant.
func (c collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(out chan<- prometheus.Metric) {
	s := c.r.Stats()
	for _, n := range numbers {
		out <- prometheus.MustNewConstMetric(describe(n.name+"_total", n.help), prometheus.CounterValue, float64(n.of(&s)))
	}
	gauge := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	gauge(descHeld, float64(s.Held))
	gauge(descCluster, c.r.cluster.up(c.r.now()))
	gauge(descSource, c.r.origin.up(c.r.now()))
	if waiting, age, err := c.r.Lag(context.Background()); err == nil {
		gauge(descWaiting, float64(waiting))
		gauge(descAge, age.Seconds())
	}
	buckets, sum := make(map[float64]uint64, len(LatencyBounds)), uint64(0)
	for i, bound := range LatencyBounds {
		sum += s.Latency.Counts[i]
		buckets[bound] = sum
	}
	out <- prometheus.MustNewConstHistogram(descLatency, s.Latency.Count, s.Latency.Sum.Seconds(), buckets)
}
