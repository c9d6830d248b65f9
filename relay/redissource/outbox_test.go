package redissource_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/outbox/redisoutbox"
	"github.com/sioxide/emitter/protocol"
)

// What is emitted into the streams is performed in order for each key.
func TestOutbox(t *testing.T) {
	for name, addrs := range map[string][]string{"standalone": {redistest.Start(t).Addr}, "cluster": redistest.StartCluster(t).Addrs()} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, 4, addrs...)
			byRoom := redisoutbox.Key(func(r *protocol.Request) string { return r.Opts.Rooms[0] })
			d := redisoutbox.New(p.client, redisoutbox.Stream(p.name), redisoutbox.Partitions(p.partitions), byRoom)
			b := emitter.NewBatch(d)
			const n = 20
			for i := range n {
				via := emitter.Driver(d)
				if i >= n/2 {
					via = b
				}
				room := strconv.Itoa(i % 5)
				if err := emitter.New(via).To(room).Emit(limit(t), strconv.Itoa(i), []byte{1}); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.Flush(limit(t)); err != nil {
				t.Fatal(err)
			}
			cluster := emittertest.NewCluster(1)
			var sockets []*emittertest.Socket
			for room := range 5 {
				sockets = append(sockets, cluster.Connect(0, "/", strconv.Itoa(room)))
			}
			s := p.open(t, p.client)
			streams := make(map[string]bool)
			for done := 0; done < n; {
				got := mustFetch(t, s)
				for _, m := range got {
					o, err := outbox.Decode(m.Data)
					if err == nil {
						err = o.Perform(limit(t), emitter.New(cluster))
					}
					if err != nil {
						t.Fatalf("%s: %v", m.Data, err)
					}
					streams[outbox.StreamOf(p.name, p.partitions, m.Key)] = true
				}
				mustSettle(t, s, "", got...)
				done += len(got)
			}
			if len(streams) < 2 {
				t.Errorf("all went to %v", streams)
			}
			for room, socket := range sockets {
				var got, want []string
				for _, e := range socket.Received() {
					got = append(got, e.Name)
				}
				for i := room; i < n; i += 5 {
					want = append(want, strconv.Itoa(i))
				}
				if !slices.Equal(got, want) {
					t.Errorf("room %d received %q, want %q", room, got, want)
				}
			}
		})
	}
}

// In a MULTI of the program's own: together with its commands, or not at all.
func TestPipe(t *testing.T) {
	p := newPlace(t, 1, redistest.Start(t).Addr)
	s := p.open(t, p.client)
	for _, discard := range []bool{true, false} {
		pipe := p.client.TxPipeline()
		pipe.Set(limit(t), "x", "y", 0)
		io := emitter.New(redisoutbox.NewPipe(pipe, redisoutbox.Stream(p.name)))
		if err := io.Emit(limit(t), "e"); err != nil {
			t.Fatal(err)
		}
		if discard {
			pipe.Discard()
			continue
		}
		if n, _, err := s.Lag(limit(t)); n != 0 || err != nil {
			t.Errorf("%d are there before Exec, %v", n, err)
		}
		if _, err := pipe.Exec(limit(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got := mustFetch(t, s); len(got) != 1 || got[0].Key != "socket.io#/" {
		t.Errorf("%q came", data(got))
	}
	if got := p.client.Get(limit(t), "x").Val(); got != "y" {
		t.Errorf("the program's own command: %q", got)
	}
}
