package jetstreamsource_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/jetstreamsource"
	"github.com/sioxide/emitter/relay/sourcetest"
)

var places atomic.Int64

// place is a stream of its own on a server.
type place struct {
	server *natstest.Server
	stream string
	base   string // of the subjects
	js     jetstream.JetStream
}

const partitions = 4

func newPlace(t testing.TB, server *natstest.Server) *place {
	t.Helper()
	n := places.Add(1)
	p := &place{server: server, stream: fmt.Sprintf("OUTBOX%d", n), base: fmt.Sprintf("out.box%d", n), js: connect(t, server.URL())}
	p.create(t, func(*jetstream.StreamConfig) {})
	return p
}

func (p *place) create(t testing.TB, change func(*jetstream.StreamConfig)) {
	t.Helper()
	config := jetstream.StreamConfig{Name: p.stream}
	for i := range partitions {
		config.Subjects = append(config.Subjects, fmt.Sprintf("%s.%d", p.base, i))
	}
	change(&config)
	if _, err := p.js.CreateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
}

// connect returns a connection that never gives up. The pings end one that was made
// while its client was being closed, for which a proxy would wait.
func connect(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.PingInterval(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func (p *place) source(t testing.TB) relay.Source {
	t.Helper()
	return jetstreamsource.New(connect(t, p.server.URL()), p.stream)
}

func (p *place) proxied(t testing.TB) (relay.Source, *netproxy.Proxy) {
	t.Helper()
	proxy := netproxy.New(t, p.server.Addr, nil)
	return jetstreamsource.New(connect(t, natstest.URL(proxy.Addr)), p.stream), proxy
}

// subject gives each key one of the subjects.
func (p *place) subject(key string) string {
	sum := 0
	for _, b := range []byte(key) {
		sum += int(b)
	}
	return fmt.Sprintf("%s.%d", p.base, sum%partitions)
}

func (p *place) put(t testing.TB, key string, data ...string) {
	t.Helper()
	for _, d := range data {
		m := nats.NewMsg(p.subject(key))
		m.Data = []byte(d)
		m.Header.Set(jetstreamsource.HeaderKey, url.PathEscape(key))
		if _, err := p.js.PublishMsg(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// letters returns all that is in the stream of a subject.
func (p *place) letters(t testing.TB, subject string) []*jetstream.RawStreamMsg {
	t.Helper()
	ctx := context.Background()
	name, err := p.js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return nil
	}
	stream, err := p.js.Stream(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	var all []*jetstream.RawStreamMsg
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		m, err := stream.GetMsg(ctx, seq)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func (p *place) dead(t testing.TB) []sourcetest.Dead {
	t.Helper()
	var dead []sourcetest.Dead
	for _, m := range p.letters(t, p.base+".dead") {
		key, err := url.PathUnescape(m.Header.Get(jetstreamsource.HeaderKey))
		if err != nil {
			t.Fatal(err)
		}
		dead = append(dead, sourcetest.Dead{Key: key, Data: string(m.Data), Reason: m.Header.Get(jetstreamsource.HeaderReason)})
	}
	return dead
}

func (p *place) restart(t testing.TB) {
	t.Helper()
	if err := p.server.Restart(); err != nil {
		t.Fatal(err)
	}
}

func TestContract(t *testing.T) {
	server := natstest.Start(t, natstest.JetStream...)
	sourcetest.Run(t, func(t testing.TB) sourcetest.Harness {
		p := newPlace(t, server)
		return sourcetest.Harness{
			New: p.source, Proxied: p.proxied, Put: p.put, Dead: p.dead, Restart: p.restart,
			Takeover: 10 * time.Second,
		}
	})
}

// Messages that are lost on their way, when a connection breaks, are read again, though
// nothing that comes after them shows that they are missing.
func TestLostOnTheWay(t *testing.T) {
	p := newPlace(t, natstest.Start(t, natstest.JetStream...))
	source, proxy := p.proxied(t)
	t.Cleanup(func() { _ = source.Close(context.Background()) })
	p.put(t, "a", "1")
	if _, err := source.Fetch(t.Context(), 1, 1); err != nil {
		t.Fatal(err)
	}
	resume := proxy.Stall(t)
	p.put(t, "a", "2") // the server sends it at once, as it has been asked for more
	proxy.CloseAll()
	resume()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		got, err := source.Fetch(ctx, 1, 1)
		if ctx.Err() != nil {
			t.Fatalf("it did not come again: %v", err)
		}
		if len(got) == 1 {
			if string(got[0].Data) != "2" {
				t.Errorf("%q came", got[0].Data)
			}
			return
		}
		t.Log(err)
	}
}

// A stream that would lose messages or their order is refused with what to do.
func TestRefusedStreams(t *testing.T) {
	server := natstest.Start(t, natstest.JetStream...)
	js := connect(t, server.URL())
	for i, c := range []struct {
		remedy string
		change func(*jetstream.StreamConfig)
	}{
		{"NAME.0", func(c *jetstream.StreamConfig) { c.Subjects = []string{c.Name + ".*"} }},
		{"NAME.0", func(c *jetstream.StreamConfig) { c.Subjects = []string{c.Name + ".0", c.Name + ".2"} }},
		{"NAME.0", func(c *jetstream.StreamConfig) { c.Subjects = []string{c.Name} }},
		{"limits", func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }},
		{"denies", func(c *jetstream.StreamConfig) { c.DenyPurge = true }},
		{"maximum per subject", func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 3 }},
	} {
		config := jetstream.StreamConfig{Name: fmt.Sprintf("BAD%d", i)}
		config.Subjects = []string{config.Name + ".0", config.Name + ".1"}
		c.change(&config)
		if _, err := js.CreateStream(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		_, err := jetstreamsource.New(js, config.Name).Fetch(t.Context(), 1, 1)
		if err == nil || !strings.Contains(err.Error(), c.remedy) {
			t.Errorf("%+v: %v, want an error that names %q", config, err, c.remedy)
		}
	}
	if _, err := jetstreamsource.New(js, "NONE").Fetch(t.Context(), 1, 1); err == nil || !strings.Contains(err.Error(), "nats stream add") {
		t.Errorf("a stream that is not there: %v", err)
	}
}

// What is settled behind something else is removed by itself, unless it has gone: with a
// later one that everything before is settled with, or by another hand.
func TestSettledOutOfOrder(t *testing.T) {
	p := newPlace(t, natstest.Start(t, natstest.JetStream...))
	source := p.source(t)
	t.Cleanup(func() { _ = source.Close(context.Background()) })
	p.put(t, "a", "1", "2", "3", "4")
	var got []relay.Message
	for len(got) < 4 {
		more, err := source.Fetch(t.Context(), 4, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, more...)
	}
	stream, err := p.js.Stream(t.Context(), p.stream)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]int{{3}, {1, 0}, {2}} {
		var outcomes []relay.Outcome
		for _, i := range order {
			outcomes = append(outcomes, relay.Outcome{Message: got[i]})
		}
		if err := source.Settle(t.Context(), outcomes); err != nil {
			t.Errorf("settle %v: %v", order, err)
		}
	}
	info, err := stream.Info(t.Context())
	if err != nil || info.State.Msgs != 0 {
		t.Errorf("%d messages are left: %v", info.State.Msgs, err)
	}
}
