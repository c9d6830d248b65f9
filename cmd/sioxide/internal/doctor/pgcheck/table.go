package pgcheck

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// lookAtTable looks for the table of attachments and the rights that large events and
// answers need.
func (l *looker) lookAtTable(ctx context.Context) {
	ctx, cancel := l.step(ctx)
	defer cancel()
	var user, database, path string
	var oid *uint32
	name := pgx.Identifier{l.target.Table}.Sanitize()
	err := row(ctx, l.pool, "select current_user::text, current_database()::text, current_setting('search_path'), to_regclass($1)::oid", []any{name}, &user, &database, &path, &oid)
	if err != nil {
		l.report.Skip(table, "%s", l.why(err))
		return
	}
	if oid == nil {
		l.report.Find(table, report.Finding{
			Code:    report.PostgresTableMissing,
			Says:    fmt.Sprintf("The table of attachments, %s, is not there: events of more than 8,000 bytes can't be sent, and such answers do not come.", name),
			Do:      "The servers make it when they start. Check that they use this database, their table's name (option table), and the search_path.",
			Details: []string{fmt.Sprintf("looked for in database %q, search_path %s", database, path)},
		})
		return
	}
	l.lookAtRights(ctx, name, user, *oid)
}

// rightsOf asks for each right by itself. A table without a sequence needs none of it.
const rightsOf = `select has_table_privilege($1::oid, 'INSERT'), has_column_privilege($1::oid, 'id', 'SELECT'),
	has_table_privilege($1::oid, 'SELECT'), s.name, coalesce(has_sequence_privilege(s.name, 'USAGE'), true)
	from (select pg_get_serial_sequence($2, 'id') as name) s`

func (l *looker) lookAtRights(ctx context.Context, name, user string, oid uint32) {
	var insert, selectID, read, usage bool
	var sequence *string
	if err := row(ctx, l.pool, rightsOf, []any{oid, name}, &insert, &selectID, &read, &sequence, &usage); err != nil {
		l.report.Skip(table, "%s", l.why(err))
		return
	}
	var lacks, grants []string
	role := pgx.Identifier{user}.Sanitize()
	lack := func(has bool, what, grant string) {
		if !has {
			lacks = append(lacks, what)
			grants = append(grants, grant+" TO "+role+";")
		}
	}
	lack(insert, "INSERT into the table", "GRANT INSERT ON "+name)
	lack(selectID, "SELECT of its column id", "GRANT SELECT (id) ON "+name)
	if sequence != nil {
		lack(usage, "USAGE of its sequence", "GRANT USAGE ON SEQUENCE "+*sequence)
	}
	lack(read, "SELECT of the table (for answers that come as attachments)", "GRANT SELECT ON "+name)
	if len(lacks) == 0 {
		l.report.Pass(table, "%s is there, and role %s may use it", name, role)
		return
	}
	l.report.Find(table, report.Finding{
		Code:    report.PostgresRights,
		Says:    fmt.Sprintf("Role %s lacks rights on %s that large events and answers need.", role, name),
		Do:      "As the owner: " + strings.Join(grants, " "),
		Details: lacks,
	})
}

// filling is the part of the queue from which on somebody does not read: what is
// delivered leaves it at once. The queue has 8 GiB by default (PostgreSQL 15,
// src/backend/commands/async.c: QUEUE_MAX_PAGE).
const filling = 0.001

// lookAtQueue looks twice, as a burst fills the queue for a moment.
func (l *looker) lookAtQueue(ctx context.Context) {
	ctx, cancel := l.step(ctx)
	defer cancel()
	usage, err := l.queueUsage(ctx)
	if err == nil && usage >= filling {
		select {
		case <-time.After(min(time.Second, l.opts.Timeout/2)):
		case <-ctx.Done():
		}
		var again float64
		again, err = l.queueUsage(ctx)
		usage = min(usage, again)
	}
	switch {
	case err != nil:
		l.report.Skip(queue, "%s", l.why(err))
		return
	case usage < filling:
		l.report.Pass(queue, "the queue of notifications is empty (%.2g %%)", usage*100)
		return
	}
	f := report.Finding{
		Code: report.PostgresQueue, Severity: report.Warning,
		Says:    fmt.Sprintf("The queue of notifications is filled to %.1f %%: a session that listens does not read. When it is full, every NOTIFY fails.", usage*100),
		Do:      "End the session, or its transaction: SELECT pg_terminate_backend(PID).",
		Details: l.openTransactions(ctx),
	}
	if usage >= 0.5 {
		f.Severity = report.Error
	}
	l.report.Find(queue, f)
}

func (l *looker) queueUsage(ctx context.Context) (usage float64, err error) {
	err = row(ctx, l.pool, "select pg_notification_queue_usage()", nil, &usage)
	return usage, err
}

// openTransactions names the sessions that may hold the queue: they listen only
// between two transactions. Others' are told to members of pg_read_all_stats only.
func (l *looker) openTransactions(ctx context.Context) []string {
	rows, err := l.pool.Query(ctx, `select pid, coalesce(usename, ''), coalesce(application_name, ''), coalesce(state, ''), coalesce(extract(epoch from now() - xact_start), 0)::float8
		from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend'
		order by xact_start limit 5`, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return []string{"which it is can't be told: " + l.why(err)}
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var pid int32
		var user, name, state string
		var seconds float64
		if rows.Scan(&pid, &user, &name, &state, &seconds) == nil {
			found = append(found, fmt.Sprintf("it may be PID %d, role %s, application %q, %s, in a transaction for %s", pid, user, name, state, time.Duration(seconds*float64(time.Second)).Round(time.Second)))
		}
	}
	if found == nil {
		found = []string{"which it is can't be told: a member of the role pg_read_all_stats sees the sessions of others"}
	}
	return found
}
