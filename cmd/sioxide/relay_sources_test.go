package main_test

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/relay/jetstreamsource"
	"github.com/sioxide/emitter/relay/kafkasource"
)

// place is where operations wait.
type place struct {
	from []string                 // flags of the relay
	put  func(data []string)      // all under one key
	dead func() (reason []string) // of each dead letter
}

// relayed is how many operations go through each source, and poison which of them is none.
const relayed, poison = 3000, 500

// Each source gives its operations to a cluster, in order and none missed, though the
// relay that performs them is killed.
func TestRelaySources(t *testing.T) {
	t.Run("Redis to Redis", func(t *testing.T) {
		c := startCluster(t, 2)
		shareWork(t, c, redisPlace(t, c.redis))
	})
	t.Run("PostgreSQL to PostgreSQL", func(t *testing.T) {
		s := pgtest.Start(t)
		shareWork(t, startOther(t, s.URL("", ""), "pg-sqlx"), postgresPlace(t, s))
	})
	t.Run("Kafka to Kafka", func(t *testing.T) {
		s := kafkatest.Start(t)
		shareWork(t, startOther(t, "kafka://"+s.Addr, "kafka"), kafkaPlace(t, s.Addr))
	})
	t.Run("JetStream to NATS", func(t *testing.T) {
		s := natstest.Start(t, natstest.JetStream...)
		shareWork(t, startOther(t, s.URL(), "nats"), jetStreamPlace(t, s.URL()))
	})
}

// shareWork has two relays run, and kills the one that performs.
func shareWork(t *testing.T, c *cluster, p place) {
	one := c.connect(t, 0, "/", "news")
	relays := []*relayProcess{startRelay(t, c, p.from), startRelay(t, c, p.from)}
	t.Cleanup(func() {
		for _, r := range relays {
			if _ = r.cmd.Process.Kill(); t.Failed() {
				t.Logf("a relay: %s", <-r.log)
			}
		}
	})
	data := make([]string, relayed)
	for i := range data {
		data[i] = fmt.Sprintf(`{"id":"%d","op":"emit","to":["news"],"event":"n","args":[%d]}`, i, i)
	}
	data[poison] = `{"op":"emit"}`
	p.put(data)
	var other *relayProcess
	for next := 0; next < relayed; {
		if next == poison {
			next++
			continue
		}
		e := one.next()
		n, err := strconv.Atoi(strings.Trim(e.args, "[]"))
		if e.name != "n" || err != nil || n > next || n < next && other == nil {
			t.Fatalf("received %s %s, want %d", e.name, e.args, next)
		}
		if n < next { // what the one that was killed had not settled comes again
			continue
		}
		if next++; next == relayed/3 {
			other = killBusy(t, relays)
		}
	}
	waitFor(t, "everything to be settled", func() bool { return strings.Contains(other.metrics(t), "relay_lag_messages 0\n") })
	if n := other.performed(t); n == 0 || n >= relayed {
		t.Errorf("the other relay performed %d", n)
	}
	if reasons := p.dead(); len(reasons) != 1 || !strings.Contains(reasons[0], "event: an emit needs") {
		t.Errorf("dead letters: %q", reasons)
	}
	other.end(t)
}

// A relay that starts before what it needs waits for it, and ends when it is told to.
func TestRelayStartsFirst(t *testing.T) {
	s := natstest.Start(t, natstest.JetStream...)
	c, p := startOther(t, s.URL(), "nats"), jetStreamPlace(t, s.URL())
	one := c.connect(t, 0, "/", "news")
	p.put([]string{`{"op":"emit","to":["news"],"event":"waits"}`})
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	waits, ends := startRelay(t, c, p.from), startRelay(t, c, p.from)
	waitFor(t, "the relay to miss its source", func() bool {
		return strings.Contains(ends.metrics(t), "sioxide_relay_source_up 0\n") && strings.Contains(waits.metrics(t), "sioxide_relay_source_up 0\n")
	})
	ends.end(t)
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	one.must("waits", `[]`)
	waits.end(t)
}

// killBusy kills the relay that has performed more, as nothing else can, and returns the
// other one.
func killBusy(t *testing.T, relays []*relayProcess) *relayProcess {
	t.Helper()
	if relays[0].performed(t) < relays[1].performed(t) {
		relays[0], relays[1] = relays[1], relays[0]
	}
	if err := relays[0].cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = relays[0].cmd.Wait()
	return relays[1]
}

type relayProcess struct {
	cmd  *exec.Cmd
	addr string
	log  chan string // all of it, once it ends
}

func startRelay(t *testing.T, c *cluster, from []string) *relayProcess {
	t.Helper()
	args := append([]string{"relay", "--to", c.url, "--metrics-addr", "127.0.0.1:0", "--rate", "1000", "--batch", "100"}, from...)
	r := &relayProcess{cmd: command(t, environment(t), args...), log: make(chan string, 1)}
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	lines := bufio.NewScanner(io.TeeReader(stderr, &text))
	for r.addr == "" && lines.Scan() {
		_, r.addr, _ = strings.Cut(lines.Text(), "address=")
	}
	if r.addr == "" {
		t.Fatalf("the relay does not start: %v: %s", r.cmd.Wait(), text.String())
	}
	go func() {
		for lines.Scan() {
		}
		r.log <- text.String()
		close(r.log)
	}()
	return r
}

func (r *relayProcess) metrics(t *testing.T) string { return get(t, "http://"+r.addr+"/metrics") }

func (r *relayProcess) performed(t *testing.T) int {
	t.Helper()
	_, rest, _ := strings.Cut(r.metrics(t), "\nsioxide_relay_performed_total ")
	line, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatalf("no relay_performed_total: %v: %s", err, r.metrics(t))
	}
	return n
}

// end interrupts it.
func (r *relayProcess) end(t *testing.T) {
	t.Helper()
	begin := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log := <-r.log
	if status := statusOf(t, r.cmd.Wait()); status != 0 || time.Since(begin) > 10*time.Second {
		t.Errorf("status %d after %v: %s", status, time.Since(begin), log)
	}
}

func redisPlace(t *testing.T, s *redistest.Server) place {
	return place{
		from: []string{"--from", "redis://" + s.Addr + "?stream=jobs"},
		put: func(data []string) {
			for _, d := range data {
				s.Do(t, "XADD", "jobs", "*", "key", "k", "data", d)
			}
		},
		dead: func() (reasons []string) {
			for _, e := range s.Do(t, "XRANGE", "{jobs}:dead", "-", "+").([]any) {
				reasons = append(reasons, fmt.Sprintf("%s", e))
			}
			return reasons
		},
	}
}

func postgresPlace(t *testing.T, s *pgtest.Server) place {
	return place{
		from: []string{"--from", s.URL("", "") + "&table=jobs&create=true"},
		put: func(data []string) {
			s.MustSQL(t, "insert into jobs (key, data) select 'k', d from unnest(array[$$"+strings.Join(data, "$$,$$")+"$$]) d")
		},
		dead: func() []string {
			return strings.Split(strings.TrimSpace(s.MustSQL(t, "select reason from jobs_dead")), "\n")
		},
	}
}

func kafkaPlace(t *testing.T, addr string) place {
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DefaultProduceTopic("jobs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 1, 1, nil, "jobs"); err != nil {
		t.Fatal(err)
	}
	return place{
		from: []string{"--from", "kafka://" + addr + "/jobs?group=relays", "--dead", "letters"},
		put: func(data []string) {
			records := make([]*kgo.Record, len(data))
			for i, d := range data {
				records[i] = &kgo.Record{Key: []byte("k"), Value: []byte(d)}
			}
			if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
		},
		dead: func() []string { return kafkaLetters(t, addr, "letters") },
	}
}

// kafkaLetters reads a topic of dead letters to its end.
func kafkaLetters(t *testing.T, addr, topic string) (reasons []string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	wanted := int64(0)
	ends.Each(func(o kadm.ListedOffset) { wanted += o.Offset })
	for int64(len(reasons)) < wanted {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, r := range fetches.Records() {
			for _, h := range r.Headers {
				if h.Key == kafkasource.HeaderReason {
					reasons = append(reasons, string(h.Value))
				}
			}
		}
	}
	return reasons
}

func jetStreamPlace(t *testing.T, url string) place {
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOBS", Subjects: []string{"jobs.0"}}); err != nil {
		t.Fatal(err)
	}
	return place{
		from: []string{"--from", url + "?stream=JOBS", "--dead", "letters"},
		put: func(data []string) {
			for _, d := range data {
				m := &nats.Msg{Subject: "jobs.0", Data: []byte(d), Header: nats.Header{jetstreamsource.HeaderKey: []string{"k"}}}
				if _, err := js.PublishMsg(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
		},
		dead: func() (reasons []string) {
			stream, err := js.Stream(t.Context(), "JOBS-dead")
			if err != nil {
				t.Fatal(err)
			}
			for i := range stream.CachedInfo().State.Msgs {
				m, err := stream.GetMsg(t.Context(), i+1)
				if err != nil {
					t.Fatal(err)
				}
				reasons = append(reasons, m.Header.Get(jetstreamsource.HeaderReason))
			}
			return reasons
		},
	}
}
