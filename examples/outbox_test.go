package examples

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/examples/demo/node"
	"github.com/sioxide/emitter/examples/demo/socketio"
)

// TestOutbox: what was ordered while nobody listened is heard later, before what came
// after it, and what was rolled back never is.
func TestOutbox(t *testing.T) {
	database, cluster := pgtest.Start(t), redistest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // building included
	defer cancel()
	program := filepath.Join(build(t, "outbox"), "outbox")
	env := []string{"DATABASE_URL=" + database.URL("", ""), "REDIS_URL=redis://" + cluster.Addr}

	start(ctx, t, program+" -only=orders", env...)
	if n := database.MustSQL(t, "select count(*) from sioxide_outbox"); n != "2" {
		t.Fatalf("%s operations wait, want 2", n)
	}

	n, err := node.Start(ctx, node.Config{Redis: cluster.Addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	screen := enter(ctx, t, n, socketio.Common, "/", "kitchen")
	start(ctx, t, program, env...)
	for _, want := range []map[string]any{
		{"id": 1.0, "dish": "pizza"}, {"id": 3.0, "dish": "pasta"}, {"id": 4.0, "dish": "pizza"}, {"id": 6.0, "dish": "pasta"},
	} {
		hears(ctx, t, screen, say("ordered", want)) // one after the other: the order counts
	}
	if left := database.MustSQL(t, "select (select count(*) from sioxide_outbox) + (select count(*) from sioxide_outbox_dead)"); left != "0" {
		t.Errorf("%s rows are left, want none", left)
	}
	if stored := database.MustSQL(t, "select count(*) from meals"); stored != "4" {
		t.Errorf("%s meals are stored, want 4", stored)
	}
}
