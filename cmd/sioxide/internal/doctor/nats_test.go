package doctor_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// natsConfig writes a file of nats-server and returns the arguments for it.
func natsConfig(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"-c", path}
}

func TestHealthyNATS(t *testing.T) {
	s := natstest.Start(t)
	for range 2 {
		testkit.StartServer(t, testkit.Config{Driver: "nats", URLs: []string{s.URL()}})
	}
	r := look(t, s.URL(), doctor.Options{Timeout: 2 * time.Second, Namespaces: []string{"/", "admin"}, Expect: 2})
	mustBeHealthy(t, r)
	for _, check := range []string{"connection", "max_payload", "headers", "jetstream", "servers"} {
		if got := status(r, check); got != report.OK {
			t.Errorf("check %s: %q", check, got)
		}
	}
	mustSkip(t, r, "parser", "taken for a server")
	mustFind(t, look(t, s.URL(), doctor.Options{Timeout: 2 * time.Second, Namespaces: []string{"/admn"}}), report.NamespaceEmpty, "closest that has servers is /admin")
	mustFind(t, look(t, s.URL()+"?prefix=shop", quick), report.NoServers, `"shop"`)
	opts := quick
	opts.Expect = 3
	mustFind(t, look(t, s.URL(), opts), report.ServersDeaf, "3 servers should be there")
	testkit.StartServer(t, testkit.Config{Driver: "nats", URLs: []string{s.URL()}, Set: testkit.Before})
	opts.Deep = true
	mustFind(t, look(t, s.URL(), opts), report.ServersOld, "1 server is")
}

func TestNATSMaxPayload(t *testing.T) {
	s := natstest.Start(t)
	testkit.StartServer(t, testkit.Config{Driver: "nats", URLs: []string{s.URL()}})
	mustBeHealthy(t, look(t, s.URL(), quick))
	mustFind(t, look(t, s.URL(), doctor.Options{Timeout: 2 * time.Second, MessageSize: 4 << 20}), report.NATSMaxPayload, "1 MiB", "4 MiB", "max_payload: 4194304")
}

func TestNATSUnreachable(t *testing.T) {
	natstest.Need(t)
	mustFind(t, look(t, "nats://ann:hunter2@"+redistest.FreeAddr(t), quick), report.NATSUnreachable, "can't be reached")
	mustFind(t, look(t, "nats://host.invalid", quick), report.NATSUnreachable, "host.invalid")
	mustFind(t, look(t, "nats://127.0.0.1:4222?creds-file=/nowhere/creds", quick), report.URLInvalid, "/nowhere/creds")
}

func TestNATSPassword(t *testing.T) {
	s := natstest.Start(t, natsConfig(t, `authorization { users: [{ user: "ann", password: "right-one" }] }`)...)
	for _, who := range []string{"", "ann:hunter2@", "token@"} {
		mustFind(t, look(t, "nats://"+who+s.Addr, quick), report.NATSPassword, "refuses")
	}
	mustFind(t, look(t, "nats://ann:right-one@"+s.Addr, quick), report.NoServers)
}

func TestNATSTLS(t *testing.T) {
	c := testkit.NewCertificate(t)
	plain := natstest.Start(t)
	mustFind(t, look(t, "tls://"+plain.Addr, quick), report.NATSTLSMissing, "has none")
	tls := `tls { cert_file: "` + c.CertFile + `", key_file: "` + c.KeyFile + `"`
	secure := natstest.Start(t, natsConfig(t, tls+" }")...)
	mustFind(t, look(t, "tls://"+secure.Addr, quick), report.NATSTLSUntrusted)
	mustFind(t, look(t, "nats://"+secure.Addr, quick), report.NATSTLSUntrusted)
	first := natstest.Start(t, natsConfig(t, tls+", handshake_first: true }")...)
	mustFind(t, look(t, "nats://"+first.Addr, quick), report.NATSTLSRequired, "handshake_first")
}

func TestNATSHeaders(t *testing.T) {
	s := natstest.Start(t, natsConfig(t, "no_header_support: true")...)
	mustSay(t, look(t, s.URL(), quick), report.NATSHeaders, "nobody listens")
}

func TestNATSJetStreamCapture(t *testing.T) {
	s := natstest.Start(t, natstest.JetStream...)
	testkit.StartServer(t, testkit.Config{Driver: "nats", URLs: []string{s.URL()}})
	mustBeHealthy(t, look(t, s.URL(), quick))
	conn, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "all", Subjects: []string{"socket=2Eio.request.>"}}); err != nil {
		t.Fatal(err)
	}
	mustFind(t, look(t, s.URL(), quick), report.NATSJetStreamCapture, `"all"`, "socket=2Eio.>")
}

func TestNATSRights(t *testing.T) {
	s := natstest.Start(t, natsConfig(t, `no_auth_user: all, authorization { users: [
		{ user: "all", password: "pw" }
		{ user: "mute", password: "pw", permissions: { publish: { deny: ["socket=2Eio.request.>"] } } }
		{ user: "deaf", password: "pw", permissions: { subscribe: { deny: ["socket=2Eio.response.>"] } } }
		{ user: "enough", password: "pw", permissions: {
			publish: ["socket=2Eio.request.>", "socket=2Eio.presence", "$JS.API.>"],
			subscribe: ["socket=2Eio.response.>", "socket=2Eio.presence", "_INBOX.>"] } }
	] }`)...)
	testkit.StartServer(t, testkit.Config{Driver: "nats", URLs: []string{s.URL()}})
	for _, user := range []string{"mute", "deaf"} {
		mustFind(t, look(t, "nats://"+user+":pw@"+s.Addr, quick), report.NATSRights, `"socket=2Eio.request.>"`)
	}
	mustBeHealthy(t, look(t, "nats://enough:pw@"+s.Addr, quick))
}
