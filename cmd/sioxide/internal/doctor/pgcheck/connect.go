package pgcheck

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/dialect"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// connect is false when nothing further can be looked at.
func (l *looker) connect(ctx context.Context) bool {
	ctx, cancel := l.step(ctx)
	defer cancel()
	var version string
	var replica bool
	start := time.Now()
	err := row(ctx, l.pool, "select current_setting('server_version'), pg_is_in_recovery()", nil, &version, &replica)
	if err != nil {
		l.report.Find(connection, l.diagnose(err))
		return false
	}
	if replica {
		l.report.Find(connection, report.Finding{
			Code: report.PostgresReplica,
			Says: fmt.Sprintf("PostgreSQL at %s is a replica: LISTEN and NOTIFY work on the primary only.", l.where()),
			Do:   "Give the address of the primary, or several hosts and target_session_attrs=primary.",
		})
		return false
	}
	l.report.Pass(connection, "PostgreSQL %s answers in %s", version, time.Since(start).Round(10*time.Microsecond))
	return true
}

// refusals are the codes with which PostgreSQL turns a client away
// (PostgreSQL's documentation, appendix A).
var refusals = map[string]report.Finding{
	"28P01": {Code: report.PostgresPassword, Says: "PostgreSQL refuses the user or the password.", Do: "Correct them; special characters of a password must be percent-encoded in a URL."},
	"28000": {Code: report.PostgresPassword, Says: "PostgreSQL does not let this user in: the role is not there, may not log in, or pg_hba.conf has no line for it.", Do: "Create the role with LOGIN, or add a line to pg_hba.conf."},
	"3D000": {Code: report.PostgresUnreachable, Says: "The database does not exist.", Do: "Correct its name; it stands behind the host: postgres://host/database."},
	"53300": {Code: report.PostgresUnreachable, Says: "PostgreSQL has as many connections as it takes.", Do: "Raise max_connections, or have fewer."},
	"57P03": {Code: report.PostgresUnreachable, Says: "PostgreSQL is starting or stopping.", Do: "Wait until it is ready."},
}

// diagnose finds out why PostgreSQL can't be talked to.
func (l *looker) diagnose(err error) report.Finding {
	text := l.why(err)
	f, known := refusals[codeOf(err)]
	switch {
	case strings.Contains(text, "no encryption") || strings.Contains(text, "SSL off"): // no line of pg_hba.conf takes this user without TLS
		f = report.Finding{
			Code: report.PostgresTLSRequired, Says: "PostgreSQL takes this user with TLS only, and the connection is without.",
			Do: "Write sslmode=require (verify-full also checks who it is).",
		}
	case known:
	case dialect.Untrusted(err):
		f = report.Finding{
			Code: report.PostgresTLSUntrusted, Says: "The TLS handshake with PostgreSQL fails.",
			Do: "Name the authority of its certificate by sslrootcert=FILE, or look without checking it by sslmode=require.",
		}
	case strings.Contains(text, "refused TLS"):
		f = report.Finding{
			Code: report.PostgresTLSMissing, Says: fmt.Sprintf("The URL asks for TLS, and PostgreSQL at %s has none.", l.where()),
			Do: "Write sslmode=disable, or have ssl switched on in PostgreSQL.",
		}
	case errors.Is(err, context.DeadlineExceeded):
		f = report.Finding{
			Code: report.PostgresUnreachable, Says: fmt.Sprintf("PostgreSQL at %s does not answer within %s.", l.where(), l.opts.Timeout),
			Do: "Check the address, and that no firewall stands between.",
		}
	default:
		f = report.Finding{
			Code: report.PostgresUnreachable, Says: fmt.Sprintf("PostgreSQL can't be reached at %s.", l.where()),
			Do: "Check the address, that PostgreSQL runs there, and that no firewall stands between.",
		}
	}
	f.Details = []string{text}
	return f
}

// lookAtPooler is false when LISTEN does not work through what is between. A pooler
// shows by the number of the server's process, of which it gives another one to its
// clients; one that gives a server to each transaction alone, by a second client that
// gets the server of the first while that is connected.
func (l *looker) lookAtPooler(ctx context.Context) bool {
	ctx, cancel := l.step(ctx)
	defer cancel()
	found, err := l.findPooler(ctx)
	switch {
	case err != nil:
		l.report.Skip(pooler, "%s", l.why(err))
		return true
	case found == transactionPooler:
		l.report.Find(pooler, report.Finding{
			Code: report.PostgresPooler,
			Says: fmt.Sprintf("Between here and PostgreSQL, at %s, is a pooler that gives a connection to each transaction alone, as PgBouncer's pool_mode transaction does. LISTEN has no effect through it: no answer comes back, and servers behind it hear nothing.", l.where()),
			Do:   "Give the servers, and this URL, the address of PostgreSQL itself or a pool of sessions. A program that only emits may use the pooler.",
		})
		return false
	case found == sessionPooler:
		l.report.Pass(pooler, "there is one that keeps a connection for each client, through which LISTEN works")
	default:
		l.report.Pass(pooler, "there is none")
	}
	return true
}

type poolerKind int

const (
	noPooler poolerKind = iota
	sessionPooler
	transactionPooler
)

func (l *looker) findPooler(ctx context.Context) (poolerKind, error) {
	config := l.pool.Config().ConnConfig
	first, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return noPooler, err
	}
	defer l.close(first)
	var pid uint32
	if err := row(ctx, first, "select pg_backend_pid()", nil, &pid); err != nil {
		return noPooler, err
	}
	if pid == first.PgConn().PID() {
		return noPooler, nil
	}
	second, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return noPooler, err
	}
	defer l.close(second)
	if _, err := second.Exec(ctx, "begin", pgx.QueryExecModeSimpleProtocol); err != nil {
		return noPooler, err
	}
	pids := []uint32{pid, 0, 0}
	for i, c := range []*pgx.Conn{second, first} {
		if err := row(ctx, c, "select pg_backend_pid()", nil, &pids[i+1]); err != nil {
			return noPooler, err
		}
		if i == 0 && pids[1] == pids[0] || i == 1 && pids[2] != pids[0] {
			return transactionPooler, nil
		}
	}
	return sessionPooler, nil
}

// close ends a connection, and what it had begun.
func (l *looker) close(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx) // it was only read from
}
