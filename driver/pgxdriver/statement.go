package pgxdriver

import (
	"strings"
	"time"
)

// statement is one statement, with its arguments in types that pgx takes in every
// mode.
type statement struct {
	sql  string
	args []any
	rows bool // the last argument says, in seconds, how far in the future rows are dated
	sure bool // it needs a connection that is known to be alive
}

// date sets the last argument of a statement that writes rows.
func (s *statement) date(grace time.Duration) {
	if s.rows {
		s.args[len(s.args)-1] = grace.Seconds()
	}
}

// statements are the texts of what a driver sends, made once for a table.
type statements struct {
	inline     string // channel, payload
	attached   string // channel, head of the payload, body, grace
	inlineAll  string // channels, payloads
	mixedAll   string // channels, payloads or heads, numbers of bodies or 0, bodies, grace
	attachment string // rows by number, in order
}

// Rows are dated by clock_timestamp(), as now() is when the transaction began. In a
// batch, the ORDER BY of a subquery decides in which order pg_notify is called, and
// the ids, which the sequence gives out in order, are matched to the bodies by their
// rank.
const (
	inlineSQL   = `select pg_notify($1::text, $2::text)`
	attachedSQL = `with a as (
	insert into {table} (created_at, payload)
	values (clock_timestamp() + make_interval(secs => $4::float8), $3::bytea) returning id
) select pg_notify($1::text, $2::text || a.id || '}}') from a`

	inlineAllSQL = `select pg_notify(m.channel, m.payload) from (
	select u.channel, u.payload from unnest($1::text[], $2::text[]) with ordinality u (channel, payload, n) order by u.n
) m`
	mixedAllSQL = `with a as (
	insert into {table} (created_at, payload)
	select clock_timestamp() + make_interval(secs => $5::float8), u.body
	from unnest($4::bytea[]) with ordinality u (body, n) order by u.n returning id
), r as (select id, row_number() over (order by id) as n from a)
select pg_notify(m.channel, m.payload) from (
	select u.channel, case when u.body = 0 then u.payload else u.payload || r.id || '}}' end as payload
	from unnest($1::text[], $2::text[], $3::int8[]) with ordinality u (channel, payload, body, n)
	left join r on r.n = u.body order by u.n
) m`

	attachmentSQL = `select w.n, t.payload from unnest($1::int8[]) with ordinality w (id, n)
join {table} t on t.id = w.id where octet_length(t.payload) <= $2::int8 order by w.n`
)

// ofDefault are those of the default table, as each transaction has a driver of its own.
var ofDefault = makeStatements(DefaultTable)

func statementsFor(table string) statements {
	if table == DefaultTable {
		return ofDefault
	}
	return makeStatements(table)
}

func makeStatements(table string) statements {
	in := func(sql string) string { return strings.ReplaceAll(sql, "{table}", `"`+table+`"`) }
	return statements{
		inline: inlineSQL, attached: in(attachedSQL),
		inlineAll: inlineAllSQL, mixedAll: in(mixedAllSQL),
		attachment: in(attachmentSQL),
	}
}
