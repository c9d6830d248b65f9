package doctor_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
)

func TestHealthyRedis(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	startRedisServer(t, s, testkit.Config{})
	url := "redis://" + s.Addr
	r := look(t, url, doctor.Options{Namespaces: []string{"/", "admin"}, Deep: true, Expect: 2, Watch: 100 * time.Millisecond})
	mustBeHealthy(t, r)
	for _, check := range []string{"connection", "version", "database", "buffers", "deafness", "channels", "servers", "rights", "old servers"} {
		if got := status(r, check); got != report.OK {
			t.Errorf("check %s: %q", check, got)
		}
	}
	mustSkip(t, r, "parser", "no event passed")
}

func TestHealthyFred(t *testing.T) {
	s := redistest.Start(t)
	startFredServer(t, s, testkit.Config{Prefix: "shop", Parser: "msgpack"})
	r := look(t, "redis://"+s.Addr+"?sharded=true&prefix=shop&parser=msgpack", doctor.Options{Deep: true, Watch: time.Second})
	mustBeHealthy(t, r)
	mustSkip(t, r, "parser", "sharded pub/sub can't be watched")
}

func TestHealthyCluster(t *testing.T) {
	c := redistest.StartCluster(t)
	testkit.StartServer(t, testkit.Config{Driver: "redis-cluster", URLs: []string{rustURL(c.Nodes[0].Addr)}})
	testkit.StartServer(t, testkit.Config{Driver: "fred", URLs: []string{"redis-cluster://" + c.Nodes[1].Addr}})
	url := "redis+cluster://" + strings.Join(c.Addrs(), ",")
	mustBeHealthy(t, look(t, url, doctor.Options{Deep: true, Expect: 2, Namespaces: []string{"/", "/admin"}}))
	mustFind(t, look(t, url+"?sharded=false", quick), report.PubSubMismatch, "sharded", "classic")
	mustFind(t, look(t, url+"?prefix=socketio", quick), report.NoServers, `"socket.io"`)
}

// TestNoTrace watches every command that the doctor sends.
func TestNoTrace(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	monitor, err := redistest.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer monitor.Close()
	if _, err := monitor.Do("MONITOR"); err != nil {
		t.Fatal(err)
	}
	mustBeHealthy(t, look(t, "redis://"+s.Addr, doctor.Options{Deep: true, Watch: 50 * time.Millisecond}))
	s.Do(t, "ECHO", "the end")
	_ = monitor.SetDeadline(time.Now().Add(10 * time.Second))
	for seen := 0; ; seen++ {
		line, err := monitor.Read()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ToLower(fmt.Sprint(line))
		if strings.Contains(text, `"the end"`) {
			if seen < 10 {
				t.Errorf("only %d commands were seen", seen)
			}
			return
		}
		if strings.Contains(text, `"subscribe"`) && strings.Contains(text, "-request#") {
			t.Errorf("it subscribes to a channel of requests: %s", text)
		}
		for _, write := range []string{`"set"`, `"config" "set"`, `"client" "setname"`, `"acl" "setuser"`} {
			if strings.Contains(text, write) {
				t.Errorf("it changes something: %s", text)
			}
		}
		if strings.Contains(text, `"publish" "socket.io-request#`) && !strings.Contains(text, `\x03\xc0\xc0`) { // type AllRooms, no packet, no rooms
			t.Errorf("it publishes what is no probe: %s", text)
		}
	}
}

func TestNoServers(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{Prefix: "shop"})
	startFredServer(t, s, testkit.Config{Prefix: "chat"})
	mustFind(t, look(t, "redis://"+s.Addr, doctor.Options{Namespaces: []string{"/", "/x"}, Timeout: time.Second}),
		report.NoServers, `classic pub/sub: "shop"`, `sharded pub/sub: "chat"`, "Redis was started")
	mustFind(t, look(t, "redis://"+s.Addr+"?prefix=shop", doctor.Options{Namespaces: []string{"/admn"}, Timeout: time.Second}),
		report.NamespaceEmpty, "closest that has servers is /admin")
}

func TestPubSubMismatch(t *testing.T) {
	s := redistest.Start(t)
	fred := startFredServer(t, s, testkit.Config{})
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.PubSubMismatch, "Add sharded=true", fred.UID)
	classic := startRedisServer(t, s, testkit.Config{})
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.PubSubMismatch, "some of the servers", fred.UID)
	mustFind(t, look(t, "redis://"+s.Addr+"?sharded=true", quick), report.PubSubMismatch, "Leave out sharded=true", classic.UID)
}

func TestRedisTooOld(t *testing.T) {
	s := redistest.Start(t, "--rename-command", "SPUBLISH", "", "--rename-command", "SSUBSCRIBE", "")
	startRedisServer(t, s, testkit.Config{})
	r := look(t, "redis://"+s.Addr+"?sharded=true", quick)
	if !r.Has(report.RedisTooOld) {
		t.Fatalf("a Redis without SPUBLISH is found: %+v", r.Findings)
	}
	mustBeHealthy(t, look(t, "redis://"+s.Addr, quick))
}

func TestRedisDatabase(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	mustFind(t, look(t, "redis://"+s.Addr+"/3", quick), report.RedisDatabase, "database 3")
	mustBeHealthy(t, look(t, "redis://"+s.Addr+"/0", quick))
}

func TestRedisOutputBuffer(t *testing.T) {
	s := redistest.Start(t, "--client-output-buffer-limit", "pubsub 6mb 2mb 60")
	startRedisServer(t, s, testkit.Config{})
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.RedisOutputBuffer, "4 MiB", "6 MiB", "2 MiB for 1m0s")
	mustBeHealthy(t, look(t, "redis://"+s.Addr, doctor.Options{MessageSize: 1 << 20}))
	s.Do(t, "CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")
	mustBeHealthy(t, look(t, "redis://"+s.Addr, doctor.Options{MessageSize: 1 << 29}))
}

func TestServersSilent(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	stopped := startRedisServer(t, s, testkit.Config{})
	stopped.Pause(t)
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.ServersSilent, "1 server listens and does not answer", stopped.UID)
}

// TestServersKilledByTheOtherParser: an event of the msgpack parser makes the servers
// of the common one deaf, though they stay subscribed.
func TestServersKilledByTheOtherParser(t *testing.T) {
	s := redistest.Start(t)
	victim := startRedisServer(t, s, testkit.Config{})
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer client.Close()
	io := emitter.NewMsgpack(redisdriver.New(client))
	if err := io.To("nobody").Emit(t.Context(), "harm"); err != nil {
		t.Fatal(err)
	}
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.ServersSilent, victim.UID, "panic")
}

func TestForeignSubscriber(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	redistest.WatchPattern(t, s.Addr, "*")
	mustBeHealthy(t, look(t, "redis://"+s.Addr, quick))
	redistest.Watch(t, s.Addr, emitter.RequestChannel("socket.io", "/", ""), false)
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.ForeignSubscriber, "1 subscriber that is no server", "it may be a client from 127.0.0.1:", "2 subscribers, 1 server")
	redistest.Watch(t, s.Addr, "socket.io-response#/#", false)
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.ForeignSubscriber, "JavaScript")
}

func TestServersDeafOnACluster(t *testing.T) {
	c := redistest.StartCluster(t)
	testkit.StartServer(t, testkit.Config{Driver: "redis-cluster", URLs: []string{rustURL(c.Nodes[0].Addr)}})
	url := "redis+cluster://" + strings.Join(c.Addrs(), ",")
	mustBeHealthy(t, look(t, url, quick))
	for _, node := range c.Nodes {
		node.Do(t, "CLIENT", "KILL", "TYPE", "pubsub")
	}
	// Six channels are on three nodes: on one at least there are two of different slots,
	// which redis-rs subscribes to in one command when it comes back, and Redis refuses.
	bare := regexp.MustCompile(`ssub=0 .*cmd=ssubscribe`)
	until(t, "the server comes back", func() bool {
		return slices.ContainsFunc(c.Nodes, func(node *redistest.Server) bool {
			return bare.Match(node.Do(t, "CLIENT", "LIST").([]byte))
		})
	})
	r := look(t, url, quick)
	if !r.Has(report.ServersDeaf) {
		t.Errorf("a server that came back without subscriptions is found: %+v", r.Findings)
	}
}

// TestServersUnasked: a cluster that has lost a master takes no message for its slots.
func TestServersUnasked(t *testing.T) {
	c := redistest.StartCluster(t)
	testkit.StartServer(t, testkit.Config{Driver: "redis-cluster", URLs: []string{rustURL(c.Nodes[0].Addr)}})
	owner := c.Owner(t, emitter.RequestChannel("socket.io", "/", ""))
	gone, left := c.Nodes[owner], c.Nodes[(owner+1)%3]
	gone.Kill()
	r := look(t, "redis+cluster://"+left.Addr, quick)
	mustSay(t, r, report.ServersUnasked, gone.Addr)
	mustSkip(t, r, "version", gone.Addr)
}

func TestServersDeafByNumber(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	opts := quick
	opts.Expect = 2
	startRedisServer(t, s, testkit.Config{})
	mustBeHealthy(t, look(t, "redis://"+s.Addr, opts))
	id := strings.Fields(string(s.Do(t, "CLIENT", "LIST", "TYPE", "pubsub").([]byte)))[0]
	s.Do(t, "CLIENT", "KILL", "ID", strings.TrimPrefix(id, "id="))
	mustFind(t, look(t, "redis://"+s.Addr, opts), report.ServersDeaf, "2 servers should be there", "1 listens")
}

func TestServersOld(t *testing.T) {
	s := redistest.Start(t)
	old := startRedisServer(t, s, testkit.Config{Set: testkit.Oldest})
	startRedisServer(t, s, testkit.Config{})
	mustBeHealthy(t, look(t, "redis://"+s.Addr, quick))
	if log := old.Log(); log != "" {
		t.Errorf("without --deep nothing is logged: %s", log)
	}
	opts := quick
	opts.Deep = true
	mustFind(t, look(t, "redis://"+s.Addr, opts), report.ServersOld, "1 server is older", old.UID)
	if lines := strings.Count(strings.TrimSpace(old.Log()), "\n") + 1; lines != 1 {
		t.Errorf("one warning is logged, not %d: %s", lines, old.Log())
	}
	mustBeHealthy(t, look(t, "redis://"+s.Addr, quick)) // it still answers
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
