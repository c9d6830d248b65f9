package soak

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/relay/jetstreamsource"
)

const (
	jetStream         = "OUTBOX"
	jetStreamBase     = "outbox"
	jetStreamSubjects = 6
)

type jetStreamSource struct {
	server *natstest.Server
	proxy  *netproxy.Proxy
	js     jetstream.JetStream // straight to the server
}

func startJetStream(t testing.TB) source {
	t.Helper()
	s := &jetStreamSource{server: natstest.Start(t, natstest.JetStream...)}
	s.proxy = netproxy.New(t, s.server.Addr, nil)
	conn, err := nats.Connect(s.server.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if s.js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	config := jetstream.StreamConfig{Name: jetStream}
	for i := range jetStreamSubjects {
		config.Subjects = append(config.Subjects, fmt.Sprintf("%s.%d", jetStreamBase, i))
	}
	if _, err := s.js.CreateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *jetStreamSource) url() string           { return natstest.URL(s.proxy.Addr) + "?stream=" + jetStream }
func (s *jetStreamSource) link() *netproxy.Proxy { return s.proxy }

func (s *jetStreamSource) put(ctx context.Context, entries []entry) error {
	for _, e := range entries {
		h := fnv.New32a()
		_, _ = h.Write([]byte(e.key))
		m := nats.NewMsg(fmt.Sprintf("%s.%d", jetStreamBase, h.Sum32()%jetStreamSubjects))
		m.Data = []byte(e.data)
		m.Header.Set(jetstreamsource.HeaderKey, e.key)
		if _, err := s.js.PublishMsg(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *jetStreamSource) kill(t testing.TB) {
	t.Helper()
	if err := s.server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (s *jetStreamSource) restart(t testing.TB) {
	t.Helper()
	if err := s.server.Restart(); err != nil {
		t.Fatal(err)
	}
}

func (s *jetStreamSource) waiting(ctx context.Context) (int64, error) {
	stream, err := s.js.Stream(ctx, jetStream)
	if err != nil {
		return 0, err
	}
	return int64(stream.CachedInfo().State.Msgs), nil //nolint:gosec // far from the bound
}

func (s *jetStreamSource) letters(ctx context.Context) ([]letter, error) {
	stream, err := s.js.Stream(ctx, jetStream+"-dead")
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []letter
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		m, err := stream.GetMsg(ctx, seq)
		if err != nil {
			return nil, err
		}
		all = append(all, letter{string(m.Data), m.Header.Get(jetstreamsource.HeaderReason)})
	}
	return all, nil
}
