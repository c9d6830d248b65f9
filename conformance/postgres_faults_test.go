package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// postgresFaults are mistakes with transactions, each with a case that must fail because of it.
var postgresFaults = []struct {
	name  string
	fails string
	turn  func(s postgresSetup, in emitter.Driver) emitter.Driver
	opts  []pgxdriver.Option
}{
	{"sends outside the transaction", "commit", outside, nil},
	{"sends outside the transaction of database/sql", "commit, of database/sql", outside, nil},
	{"sends what is rolled back", "rollback", outside, nil},
	{"sends what is rolled back to a savepoint", "savepoint", outside, nil},
	{"gives every request the same id", "two identical emits in one transaction", sameIDs, nil},
	{"sends an event only with the next one", "attachment and inline mixed, in order", func(_ postgresSetup, in emitter.Driver) emitter.Driver {
		return &late{Listener: in.(emitter.Listener)}
	}, nil},
	{
		"dates rows as they are written", "a server that reads an attachment after a clean-up", asItIs,
		[]pgxdriver.Option{pgxdriver.AttachmentGrace(0)},
	},
}

func asItIs(_ postgresSetup, in emitter.Driver) emitter.Driver { return in }

func outside(s postgresSetup, _ emitter.Driver) emitter.Driver { return s.driver }

func sameIDs(_ postgresSetup, in emitter.Driver) emitter.Driver {
	id := protocol.NewID()
	return faulty{in, changing(func(r *protocol.Request) { r.ID = id })}
}

// TestPostgresJudgeSeesFaults shows that the cases of PostgreSQL can fail.
func TestPostgresJudgeSeesFaults(t *testing.T) {
	requireTools(t)
	pgtest.Need(t)
	c := start(t, cluster.Config{
		Kind: cluster.OnPostgres, Set: rustserver.Current, Driver: rustserver.PgSqlx, Clients: clientsScript,
		Role: serverRole, Prepare: prepareServers, Table: attachments, Cleanup: cleanup,
	})
	for i, fault := range postgresFaults {
		t.Run(fault.name, func(t *testing.T) {
			all := postgresCases()
			at := slices.IndexFunc(all, func(one postgresCase) bool { return one.name == fault.fails })
			if at < 0 {
				t.Fatalf("there is no case %q", fault.fails)
			}
			setup := newPostgresSetup(t, c, rustserver.PgSqlx, fault.opts...)
			setup.turn = func(in emitter.Driver) emitter.Driver { return fault.turn(setup, in) }
			w := c.World(setup.driver, cases.Answers)
			failures := failuresOf(t, all[at].with(setup), w, fmt.Sprint("postgres-fault-", i))
			if len(failures) == 0 {
				t.Errorf("case %q passed with a faulty driver", fault.fails)
			}
			t.Log(strings.Join(failures, "\n"))
		})
	}
}
