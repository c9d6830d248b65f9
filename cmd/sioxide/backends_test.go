package main_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
)

// beat has servers tell often that they are there, by which they are counted.
var beat = []string{"--heartbeat-ms", "300"}

func startOther(t testing.TB, url, driver string) *cluster {
	t.Helper()
	c := &cluster{url: url, env: environment(t, "SIOXIDE_URL="+url)}
	for range 2 {
		c.servers = append(c.servers, testkit.StartServer(t, testkit.Config{Driver: driver, URLs: []string{url}, Args: beat}))
	}
	return c
}

func TestPostgres(t *testing.T) {
	s := pgtest.Start(t)
	c := startOther(t, s.URL("", ""), "pg-sqlx")
	exercise(t, c, "ch_62d14011a1561c5a")
	c.run(t, "tap", "--monitor").must(t, 2, "for Redis")

	// An event that is too large for a notification stands in a row.
	w := c.tap(t, "--count", "1")
	one := c.connect(t, 0, "/")
	text := strings.Repeat("x", 20_000)
	c.run(t, "emit", "large", `"`+text+`"`).must(t, 0)
	if got := w.next(); got.Error != "" || got.Bytes < 20_000 || got.Operation.Args[0] != text {
		t.Errorf("shown is %.300v", got)
	}
	one.must("large", `["`+text+`"]`)

	// A connection that PostgreSQL has ended is replaced.
	w = c.tap(t)
	s.MustSQL(t, "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' and application_name = 'sioxide'")
	w.stderr.waitFor(t, "the connection was lost")
	w.stderr.waitFor(t, "nothing is missed")
	c.run(t, "emit", "later").must(t, 0)
	if got := w.next(); got.Operation.Event != "later" {
		t.Errorf("shown is %+v", got)
	}
	w.end()

	type shown struct {
		Channel, Payload string
		Message          []byte
	}
	d := decode[shown](t, c.run(t, "emit", "e", "--dry-run").must(t, 0))
	if d.Channel != "ch_62d14011a1561c5a" || !strings.HasPrefix(d.Payload, `{"Request":{`) || d.Message != nil {
		t.Errorf("a dry run shows %+v", d)
	}
	d = decode[shown](t, c.run(t, "emit", "e", `"`+text+`"`, "--dry-run").must(t, 0))
	if !strings.HasPrefix(d.Payload, `{"RequestWithAttachment":{`) || len(d.Message) < 20_000 {
		t.Errorf("a dry run shows %.300v", d)
	}
}

func TestMongo(t *testing.T) {
	s := mongotest.Start(t)
	c := startOther(t, "mongodb://"+s.Addr+"/cluster?directConnection=true", "mongodb-ttl")
	exercise(t, c, "/")
	c.run(t, "emit", "e", "--url", "mongodb://"+s.Addr+"/cluster?prefix=shop").must(t, 2, "prefix")
}

func TestKafka(t *testing.T) {
	s := kafkatest.Start(t)
	c := startOther(t, "kafka://"+s.Addr, "kafka")
	exercise(t, c, "socket.io-request#/#")

	// Nothing is missed while Kafka is away.
	w := c.tap(t, "--ns", "/admin")
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	c.run(t, "emit", "other").must(t, 0)
	c.run(t, "emit", "later", "--ns", "/admin").must(t, 0)
	if got := w.next(); got.Operation.Event != "later" || got.Channel != "socket.io-request#/admin#" {
		t.Errorf("shown is %+v", got)
	}
	w.end()
	c.run(t, "tap", "--url", "kafka://"+s.Addr+"?prefix=missing").must(t, 1, "is the prefix that of the servers?")
	c.run(t, "tap", "--monitor").must(t, 2, "for Redis")
}

func TestNATS(t *testing.T) {
	s := natstest.Start(t)
	c := startOther(t, s.URL(), "nats")
	exercise(t, c, "socket.io-request#/#")

	w := c.tap(t, "--ns", "/admin", "--ns", "/")
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	w.stderr.waitFor(t, "the connection was lost")
	w.stderr.waitFor(t, "nothing is missed")
	c.run(t, "emit", "later", "--ns", "/admin").must(t, 0)
	if got := w.next(); got.Operation.Event != "later" || got.Channel != "socket.io-request#/admin#" {
		t.Errorf("shown is %+v", got)
	}
	w.end()
}

// exercise tries what every backend can.
func exercise(t *testing.T, c *cluster, channel string) {
	t.Helper()
	a, b := c.connect(t, 0, "/", "news"), c.connect(t, 1, "/")
	w := c.tap(t)
	c.run(t, "emit", "headline", `{"n":1.50}`, "--to", "news").must(t, 0)
	a.must("headline", `[{"n":1.50}]`)
	c.run(t, "join", "vip", "--socket", b.id).must(t, 0)
	c.run(t, "emit", "to vip", "--to", "vip").must(t, 0)
	b.must("to vip", `[]`)
	b.answers(`["yes"]`)
	if answers := decodeLines[shownAnswer](t, c.run(t, "emit", "ready?", "--to", "vip", "--ack").must(t, 0).stdout); len(answers) != 1 || answers[0].Args[0] != "yes" {
		t.Errorf("answers %+v", answers)
	}
	b.must("ready?", `[]`)
	if rooms := decode[[]string](t, c.run(t, "rooms").must(t, 0)); strings.Join(rooms, " ") != "news vip" {
		t.Errorf("rooms %v", rooms)
	}
	if list := decode[[]shownServer](t, c.run(t, "servers").must(t, 0)); len(list) != 2 {
		t.Errorf("servers %+v", list)
	}
	r := run(t, c.env, strings.Repeat(`{"op":"emit","event":"tick"}`+"\n", 300), "emit", "-").must(t, 0)
	if s := decode[shownSummary](t, r); s.Sent != 300 {
		t.Errorf("the summary is %s", r.stdout)
	}
	for range 300 {
		a.must("tick", `[]`)
	}
	c.run(t, "emit", "e", "--ns", "/none").must(t, 1, "no server listens")
	bench := decode[shownBench](t, c.run(t, "bench", "--yes", "--max", "50", "--rate", "500").must(t, 0))
	if !bench.Send.ok(50) {
		t.Errorf("measured %+v", bench)
	}
	var servers []string
	for _, s := range c.servers {
		servers = append(servers, "--server", fmt.Sprintf("ws://127.0.0.1:%d", s.Port))
	}
	bench = decode[shownBench](t, c.run(t, append([]string{"bench", "--yes", "--max", "100", "--rate", "1000"}, servers...)...).must(t, 0))
	if d := bench.Delivery; d == nil || d.Expected != 400 || d.Received != 400 || d.Lost != 0 || d.Duplicated != 0 {
		t.Errorf("measured %+v", bench)
	}
	if sockets := decode[[]shownSocket](t, c.run(t, "sockets", "--to", "vip").must(t, 0)); len(sockets) != 1 || sockets[0].ID != b.id {
		t.Errorf("sockets %+v", sockets)
	}
	c.run(t, "leave", "vip", "--to", "vip").must(t, 0)
	c.run(t, "sync").must(t, 0)
	if rooms := decode[[]string](t, c.run(t, "rooms").must(t, 0)); strings.Join(rooms, " ") != "news" {
		t.Errorf("rooms %v", rooms)
	}
	c.run(t, "disconnect", "--to", "news").must(t, 0)
	a.mustBeGone()

	got := w.next()
	if args, _ := json.Marshal(got.Operation.Args); got.Channel != channel || got.Operation.Event != "headline" || string(args) != `[{"n":1.5}]` || got.Operation.To[0] != "news" {
		t.Errorf("shown is %+v", got)
	}
	if got := w.next(); got.Operation.Op != "join" || got.Server != c.servers[1].UID || got.Operation.Socket != b.id {
		t.Errorf("shown is %+v", got)
	}
	if got := w.next(); got.Operation.Event != "to vip" {
		t.Errorf("shown is %+v", got)
	}
	if got := w.next(); got.Type != "broadcast with ack" || !got.Asks {
		t.Errorf("shown is %+v", got)
	}
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}
