package doctor_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// beating waits for heartbeats, which servers of these tests send every 300 ms.
var beating = doctor.Options{Timeout: time.Second, Heartbeat: 2 * time.Second}

func startPgServer(t *testing.T, url string, c testkit.Config) *testkit.Server {
	t.Helper()
	if c.Driver == "" {
		c.Driver = "pg-sqlx"
	}
	c.URLs = []string{url}
	c.Args = append(c.Args, "--heartbeat-ms", "300")
	return testkit.StartServer(t, c)
}

func TestHealthyPostgres(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	for _, driver := range []string{"pg-sqlx", "pg-tokio"} {
		startPgServer(t, s.URL("", ""), testkit.Config{Driver: driver})
	}
	opts := beating
	opts.Namespaces, opts.Deep, opts.Expect = []string{"/admin"}, true, 2
	r := look(t, s.URL("", ""), opts)
	mustBeHealthy(t, r)
	for _, check := range []string{"connection", "pooler", "table", "queue", "servers", "heartbeats"} {
		if got := status(r, check); got != report.OK {
			t.Errorf("check %s: %q", check, got)
		}
	}
	mustSkip(t, r, "channels", "hashes")
	mustSkip(t, r, "old servers", "every form")
	opts.Expect = 3
	mustFind(t, look(t, s.URL("", ""), opts), report.ServersDeaf, "3 servers should be there", "2 answer")
}

func TestPostgresNobody(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	startPgServer(t, s.URL("", ""), testkit.Config{})
	url := s.URL("", "")
	mustFind(t, look(t, url+"&prefix=shop", beating), report.NoServers, "hashes")
	opts := beating
	opts.Namespaces = []string{"/nowhere", "/admin"}
	mustFind(t, look(t, url, opts), report.NamespaceEmpty, "/nowhere", "PostgreSQL does not tell")
	opts.Namespaces = []string{"/nowhere"}
	mustFind(t, look(t, url, opts), report.NamespaceEmpty, `with servers: "/"`)
}

func TestPostgresUnreachable(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	pgtest.Need(t)
	mustFind(t, look(t, "postgres://ann:hunter2@"+redistest.FreeAddr(t)+"/db?sslmode=disable", quick), report.PostgresUnreachable, "refused")
	s := pgtest.Start(t)
	mustFind(t, look(t, s.URL("", "nothing"), quick), report.PostgresUnreachable, "database does not exist")
	mustFind(t, look(t, s.URL("nobody", ""), quick), report.PostgresPassword, "nobody")
}

// secure starts a PostgreSQL that has TLS, takes role secret with TLS only, and all
// others by password.
func secure(t *testing.T) *pgtest.Server {
	t.Helper()
	pgtest.Need(t)
	cert := testkit.NewCertificate(t)
	s := pgtest.Start(t)
	dir := s.MustSQL(t, "show data_directory")
	for name, file := range map[string]string{"server.crt": cert.CertFile, "server.key": cert.KeyFile} {
		s.MustSQL(t, fmt.Sprintf("copy (select unnest(string_to_array(rtrim(%s, e'\\n'), e'\\n'))) to %s",
			quote(testkit.Read(t, file)), quote(dir+"/"+name)))
	}
	s.MustSQL(t, "copy (select 1) to program "+quote("chmod 600 "+dir+"/server.key"))
	s.MustSQL(t, "create role secret login password 'right-one'; create role app login password 'right-one'")
	rules := "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\nhostssl all secret 127.0.0.1/32 scram-sha-256\nhost all app 127.0.0.1/32 scram-sha-256"
	s.MustSQL(t, "copy (select unnest(string_to_array("+quote(rules)+", e'\\n'))) to "+quote(dir+"/pg_hba.conf"))
	if err := s.Configure("ssl = on"); err != nil {
		t.Fatal(err)
	}
	return s
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func TestPostgresPasswordAndTLS(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := secure(t)
	url := "postgres://%s@" + s.Addr + "/postgres?sslmode=%s"
	for _, user := range []string{"app:hunter2", "app", "app:", "secret:hunter2"} {
		r := look(t, fmt.Sprintf(url, user, "require"), quick)
		mustFind(t, r, report.PostgresPassword)
		if text := fmt.Sprintf("%+v", r); strings.Contains(text, "hunter2") {
			t.Errorf("the password is shown: %s", text)
		}
	}
	mustFind(t, look(t, fmt.Sprintf(url, "secret:right-one", "disable"), quick), report.PostgresTLSRequired, "sslmode=require")
	mustFind(t, look(t, fmt.Sprintf(url, "app:right-one", "verify-full"), quick), report.PostgresTLSUntrusted, "sslrootcert")
	if r := look(t, fmt.Sprintf(url, "secret:right-one", "require"), quick); !r.Has(report.NoServers) || r.ExitCode() != report.WithFindings {
		t.Errorf("with TLS and the password it can look: %+v", r.Findings)
	}
	if err := s.Configure("ssl = off"); err != nil {
		t.Fatal(err)
	}
	until(t, "TLS is off", func() bool { return s.MustSQL(t, "show ssl") == "off" })
	mustFind(t, look(t, fmt.Sprintf(url, "app:hunter2", "require"), quick), report.PostgresTLSMissing, "sslmode=disable")
}

func TestPostgresTable(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	server := startPgServer(t, s.URL("", ""), testkit.Config{})
	s.MustSQL(t, "create role app login")
	url := s.URL("app", "")
	mustFind(t, look(t, url+"&table=other", beating), report.PostgresTableMissing, `"other"`, "search_path")
	f := mustFind(t, look(t, url, beating), report.PostgresRights, "INSERT into", "SELECT of its column id", "USAGE", "SELECT of the table")
	s.MustSQL(t, strings.TrimPrefix(f.Do, "As the owner: ")) // what is advised is enough
	mustBeHealthy(t, look(t, url, beating))
	s.MustSQL(t, "revoke usage on sequence socket_io_attachments_id_seq from app")
	if f = mustFind(t, look(t, url, beating), report.PostgresRights); len(f.Details) != 1 {
		t.Errorf("one right is missing: %v", f.Details)
	}
	server.Kill()
}

// TestPostgresUnasked: there is no connection left for listening; then, no right to
// notify.
func TestPostgresUnasked(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	startPgServer(t, s.URL("", ""), testkit.Config{})
	s.MustSQL(t, "create role app login superuser connection limit 1; alter role app nosuperuser; grant all on all tables in schema public to app; grant all on all sequences in schema public to app")
	r := look(t, s.URL("app", ""), beating)
	mustFind(t, r, report.ServersUnasked, "too many connections")
	s.MustSQL(t, "alter role app connection limit -1; revoke execute on function pg_notify from public")
	mustFind(t, look(t, s.URL("app", ""), beating), report.PostgresRights, "may not notify", "GRANT EXECUTE")
}

func TestPostgresQueue(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	startPgServer(t, s.URL("", ""), testkit.Config{})
	sleeper, err := pgx.Connect(t.Context(), s.URL("", "")+"&application_name=sleeper")
	if err != nil {
		t.Fatal(err)
	}
	defer sleeper.Close(context.WithoutCancel(t.Context()))
	for _, statement := range []string{"listen x", "begin", "select 1"} {
		if _, err := sleeper.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	s.MustSQL(t, "select count(pg_notify('x', n || repeat('.', 7900))) from generate_series(1, 3000) as n")
	f := mustFind(t, look(t, s.URL("", ""), beating), report.PostgresQueue, "0.3 %", "sleeper", "idle in transaction")
	if f.Severity != report.Warning {
		t.Errorf("severity %s", f.Severity)
	}
	if _, err := sleeper.Exec(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	until(t, "the queue is empty", func() bool { return s.MustSQL(t, "select pg_notification_queue_usage() = 0") == "t" })
	mustBeHealthy(t, look(t, s.URL("", ""), beating))
}

func TestPostgresHeartbeat(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	s.MustSQL(t, "create role app login; grant create on schema public to app; grant execute on function pg_notify to app; revoke execute on function pg_notify from public")
	server := startPgServer(t, s.URL("app", ""), testkit.Config{})
	mustBeHealthy(t, look(t, s.URL("", ""), beating))
	s.MustSQL(t, "revoke execute on function pg_notify from app")
	until(t, "the heartbeats of both namespaces have failed", func() bool {
		return strings.Count(s.Log(), "permission denied for function pg_notify") >= 2
	})
	s.MustSQL(t, "grant execute on function pg_notify to app")
	mustFind(t, look(t, s.URL("", ""), beating), report.PostgresHeartbeat, server.UID, "heartbeat has stopped")
}

// TestPostgresSilent: an event of the msgpack parser makes a server of the common one
// deaf; its heartbeat goes on.
func TestPostgresSilent(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	victim := startPgServer(t, s.URL("", ""), testkit.Config{})
	pool, err := pgxpool.New(t.Context(), s.URL("", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := emitter.NewMsgpack(pgxdriver.New(pool)).To("nobody").Emit(t.Context(), "harm"); err != nil {
		t.Fatal(err)
	}
	mustFind(t, look(t, s.URL("", ""), beating), report.ServersSilent, victim.UID, "sends heartbeats and does not answer")
}

func TestPostgresParserMismatch(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	asking := startPgServer(t, s.URL("", ""), testkit.Config{})
	startPgServer(t, s.URL("", ""), testkit.Config{})
	client := asking.Connect(t)
	again(t, func(context.Context) error { return client.Ask() })
	mustFind(t, look(t, s.URL("", "")+"&parser=msgpack", beating), report.ParserMismatch, "The servers use the common parser", asking.UID)
	r := look(t, s.URL("", ""), beating)
	mustBeHealthy(t, r)
	if status(r, "parser") != report.OK {
		t.Errorf("events of the right parser pass: %+v", r.Checks)
	}
}

// startBouncer starts a PgBouncer before s and returns the URL through it.
func startBouncer(t *testing.T, s *pgtest.Server, mode string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		testkit.Missing(t, "pgbouncer is not installed (Debian: apt-get install pgbouncer)")
	}
	addr := redistest.FreeAddr(t)
	host, port, _ := net.SplitHostPort(s.Addr)
	config := filepath.Join(t.TempDir(), "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\nauth_type = any\nunix_socket_dir =\npool_mode = %s\n",
		host, port, testkit.Port(addr), mode)
	// With auth_type any the server is spoken to as the user of the database's line.
	text = strings.Replace(text, "port="+port, "port="+port+" user=postgres", 1)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, config)
	if os.Geteuid() == 0 { // it does not run as root
		for dir := filepath.Dir(config); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		cmd.Args = []string{program, "-u", "nobody", config}
	}
	testkit.Run(t, cmd)
	until(t, "PgBouncer takes connections", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return pgtest.URL(addr, "", "")
}

func TestPostgresPooler(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	startPgServer(t, s.URL("", ""), testkit.Config{})
	r := look(t, startBouncer(t, s, "transaction"), beating)
	mustFind(t, r, report.PostgresPooler, "pool_mode transaction")
	for _, check := range []string{"servers", "heartbeats", "parser"} {
		mustSkip(t, r, check, "through this pooler")
	}
	r = look(t, startBouncer(t, s, "session"), beating)
	mustBeHealthy(t, r)
	if status(r, "pooler") != report.OK {
		t.Errorf("a pooler of sessions is none that harms: %+v", r.Checks)
	}
}

func TestPostgresReplica(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	s.MustSQL(t, "copy (select 1) to "+quote(s.MustSQL(t, "show data_directory")+"/standby.signal"))
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	mustFind(t, look(t, s.URL("", ""), quick), report.PostgresReplica, "primary")
}

// TestPostgresNoTrace watches every notification, and the table.
func TestPostgresNoTrace(t *testing.T) {
	t.Parallel() // it waits for heartbeats more than it works
	s := pgtest.Start(t)
	server := startPgServer(t, s.URL("", ""), testkit.Config{})
	watcher, err := pgx.Connect(t.Context(), s.URL("", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close(context.WithoutCancel(t.Context()))
	if _, err := watcher.Exec(t.Context(), "listen "+pgxdriver.Channel("socket.io", "/", "")+"; listen done"); err != nil {
		t.Fatal(err)
	}
	opts := beating
	opts.Deep = true
	mustBeHealthy(t, look(t, s.URL("", ""), opts))
	s.MustSQL(t, "notify done")
	for questions := 0; ; {
		n, err := watcher.WaitForNotification(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n.Channel == "done" {
			if questions == 0 {
				t.Error("no question was seen")
			}
			break
		}
		m, err := pgxdriver.Decode(n.Payload)
		switch {
		case err != nil || m.Request == nil:
			t.Errorf("%s: %v", n.Payload, err)
		case m.Node.String() == server.UID:
		case m.Request.Type != protocol.AllRooms:
			t.Errorf("it sends what is no probe: %s", n.Payload)
		default:
			questions++
		}
	}
	if rows := s.MustSQL(t, "select count(*) from socket_io_attachments"); rows != "0" {
		t.Errorf("it leaves %s rows", rows)
	}
}
