package pgsource

import (
	"strings"

	"github.com/sioxide/emitter/outbox"
)

// statements are those of a table.
type statements struct{ read, settle, bury, lag string }

const (
	// A bucket is read from its lowest id that is left: what commits late is never
	// skipped. The limit of bytes lets one row pass, whatever its size.
	readSQL = `select id, bucket, key, data, created_at from (
	select r.id, r.bucket, r.key, r.data, r.created_at, sum(octet_length(r.data)) over (rows unbounded preceding) - octet_length(r.data) as before from (
		select m.id, m.bucket, m.key, m.data, m.created_at from unnest($1::int4[]) with ordinality b (bucket, n) cross join lateral (
			select t.id, t.bucket, t.key, t.data, t.created_at from {table} t
			where t.bucket = b.bucket and t.id <> all ($2::int8[]) order by t.id limit $3
		) m limit $3
	) r
) w where before < $4`

	settleSQL = `delete from {table} where id = any ($1::int8[])`

	burySQL = `with d as (delete from {table} where id = any ($1::int8[]) returning id, key, data, created_at)
insert into {dead} (id, key, data, created_at, reason)
select d.id, d.key, d.data, d.created_at, r.reason from d
join unnest($1::int8[], $2::text[]) r (id, reason) on r.id = d.id order by d.id`

	lagSQL = `select count(*), min(created_at) from {table}`
)

func statementsFor(name string) (statements, error) {
	table, err := outbox.QuoteTable(name, "")
	if err != nil {
		return statements{}, err
	}
	dead, err := outbox.QuoteTable(name, deadSuffix)
	if err != nil {
		return statements{}, err
	}
	in := strings.NewReplacer("{table}", table, "{dead}", dead).Replace
	return statements{read: in(readSQL), settle: in(settleSQL), bury: in(burySQL), lag: in(lagSQL)}, nil
}
