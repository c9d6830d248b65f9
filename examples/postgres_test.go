package examples

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

func TestPostgres(t *testing.T) {
	s := pgtest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // building included
	defer cancel()
	bin := build(t, "postgres")
	conn, err := pgx.Connect(ctx, s.URL("", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	channel := pgxdriver.Channel("socket.io", "/", "")
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		t.Fatal(err)
	}
	start(ctx, t, filepath.Join(bin, "postgres"), "DATABASE_URL="+s.URL("", ""))
	for _, want := range []string{`["paid",42]`, `["delayed",42]`} {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := pgxdriver.Decode(n.Payload)
		if err != nil || decoded.Request == nil {
			t.Fatalf("%s: %v", n.Payload, err)
		}
		if got := string(decoded.Request.Packet.Data.AppendData(nil)); got != want || !slices.Equal(decoded.Request.Opts.Rooms, []string{"order:42"}) {
			t.Errorf("%s for %v, want %s for order:42", got, decoded.Request.Opts.Rooms, want)
		}
	}
	if state := s.MustSQL(t, "select state from orders"); state != "paid" {
		t.Errorf("the order is %s", state)
	}
}
