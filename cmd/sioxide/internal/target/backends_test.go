package target_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

func TestOpenPostgres(t *testing.T) {
	s := pgtest.Start(t)
	s.MustSQL(t, "create role app login; create database shop owner app")
	dead := redistest.FreeAddr(t)
	for _, raw := range []string{
		"postgres://app@" + s.Addr + "/shop?sslmode=disable&prefix=p",
		"postgresql://app@" + dead + "," + s.Addr + "?database=shop&sslmode=disable&prefix=p",
		"postgres://app@" + s.Addr + "/shop?sslmode=disable&prefix=p&application_name=mine&table=other",
	} {
		cluster := open(t, raw)
		conn, err := cluster.Postgres().Acquire(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		channel := pgxdriver.Channel("p", "/", "")
		if _, err := conn.Exec(t.Context(), "listen "+channel); err != nil {
			t.Fatal(err)
		}
		if err := cluster.Emitter().Emit(t.Context(), "event"); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if n, err := conn.Conn().WaitForNotification(t.Context()); err != nil || n.Channel != channel {
			t.Errorf("%s: %v %v", raw, n, err)
		}
		var name string
		want := "sioxide"
		if strings.Contains(raw, "application_name=mine") {
			want = "mine"
		}
		if err := conn.QueryRow(t.Context(), "show application_name").Scan(&name); err != nil || name != want {
			t.Errorf("%s: application_name is %q, want %q: %v", raw, name, want, err)
		}
		conn.Release()
		if err := cluster.Emitter().Emit(t.Context(), "large", strings.Repeat("x", 9000)); err == nil || !strings.Contains(err.Error(), cluster.Target().Table) {
			t.Errorf("%s: without the table a large event fails and names it: %v", raw, err)
		}
	}
}

func TestOpenMongo(t *testing.T) {
	s := mongotest.Start(t)
	cluster := open(t, "mongodb://"+s.Addr+"/app?collection=c&directConnection=true")
	if err := cluster.Emitter().Emit(t.Context(), "event"); err != nil {
		t.Fatal(err)
	}
	c := cluster.Mongo()
	n, err := c.CountDocuments(t.Context(), bson.D{{Key: "t", Value: "Req"}})
	if err != nil || n != 1 || c.Name() != "c" || c.Database().Name() != "app" {
		t.Errorf("%d documents in %s.%s: %v", n, c.Database().Name(), c.Name(), err)
	}
}

// TestErrorsOfOtherBackendsShowNoSecret: a password that is refused, an option that
// can't be read, a server that is not there.
func TestErrorsOfOtherBackendsShowNoSecret(t *testing.T) {
	pg, mongo := pgtest.Start(t), mongotest.Start(t)
	none := redistest.FreeAddr(t)
	for _, raw := range []string{
		"postgres://nobody:" + escaped + "@" + pg.Addr + "/postgres?sslmode=disable",
		"postgres://nobody:" + escaped + "@" + pg.Addr + "/postgres?sslmode=bogus",
		"postgres://nobody:" + escaped + "@" + pg.Addr + "/postgres?connect_timeout=soon",
		"postgres://nobody:" + escaped + "@" + pg.Addr + "/postgres?sslmode=verify-full&sslrootcert=missing",
		"postgres://nobody:" + escaped + "@" + none + "/postgres",
		"postgres://nobody@" + none + "/postgres?sslmode=require&sslkey=missing&sslcert=missing&sslpassword=" + escaped,
		"mongodb://nobody:" + escaped + "@" + mongo.Addr + "/app?directConnection=true",
		"mongodb://nobody:" + escaped + "@" + none + "/app?serverSelectionTimeoutMS=300",
		"mongodb://nobody:" + escaped + "@" + none + "/app?authMechanism=bogus",
		"mongodb+srv://nobody:" + escaped + "@srv.invalid/app",
	} {
		parsed, err := target.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		cluster, err := parsed.Open(t.Context())
		if err == nil {
			_, err = cluster.Emitter(emitter.WithMaxMessage(1 << 20)).Timeout(2 * time.Second).Servers(t.Context())
			err = errors.Join(parsed.Scrub(err), cluster.Close())
		}
		if err == nil {
			t.Errorf("%s: no error", parsed)
			continue
		}
		t.Log(err)
		for _, secret := range []string{password, escaped, "s3cret"} {
			if strings.Contains(err.Error()+parsed.String(), secret) {
				t.Errorf("the error of %s shows the password: %v", parsed, err)
			}
		}
	}
}
