package pgsource

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter/relay/internal/claims"
)

// balanceTime is how often the buckets are shared anew, at least.
const balanceTime = time.Second

func (c *config) balanceTime() time.Duration { return min(balanceTime, c.lease/4) }

// session is the connection of a source, and what is claimed by its locks.
type session struct {
	*config
	conn     *pgx.Conn
	oid      uint32 // of the table
	held     claims.Set[int64]
	balanced time.Time
	notified bool // since the last look into the table
}

// ownConfig is the pool's for a connection that listens.
func ownConfig(c *pgx.ConnConfig, notified func()) *pgx.ConnConfig {
	c = c.Copy()
	c.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) { notified() }
	return c
}

// open connects, listens, and says that there is one relay more.
func (s *Source) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, opTime)
	defer cancel()
	n := &session{config: &s.config}
	conn, err := s.connect(ctx, func() { n.notified = true })
	if err != nil {
		return fmt.Errorf("connect: %w", withRemedy(err, s.name))
	}
	n.conn = conn
	if err := n.begin(ctx); err != nil {
		n.end(ctx)
		return fmt.Errorf("begin to read %s: %w", s.name, withRemedy(err, s.name))
	}
	s.session = n
	return nil
}

// The number of the lock that all relays of a table share; those below are buckets.
const present = buckets

func (n *session) begin(ctx context.Context) error {
	if err := n.set(ctx); err != nil {
		return err
	}
	if err := n.conn.QueryRow(ctx, `select ($1::text::regclass)::oid`, n.table).Scan(&n.oid); err != nil {
		return err
	}
	if _, err := n.conn.Exec(ctx, `listen "`+channelPrefix+strconv.FormatUint(uint64(n.oid), 10)+`"`); err != nil {
		return err
	}
	_, err := n.conn.Exec(ctx, `select pg_advisory_lock_shared($1::int4, $2::int4)`, n.lockClass(), present)
	return err
}

// set has PostgreSQL find out that the relay stands still or is gone, and plan for the
// very ids that a statement brings.
func (n *session) set(ctx context.Context) error {
	seconds := strconv.Itoa(int(max(n.lease/time.Second/4, 1)))
	settings := [][2]string{
		{"plan_cache_mode", "force_custom_plan"},
		{"tcp_keepalives_idle", seconds}, {"tcp_keepalives_interval", seconds}, {"tcp_keepalives_count", "3"},
		{"tcp_user_timeout", strconv.FormatInt(n.lease.Milliseconds(), 10)},
	}
	const idleTimeout = 140_000 // the first version that has it
	var version int
	if err := n.conn.QueryRow(ctx, `select current_setting('server_version_num')::int4`).Scan(&version); err != nil {
		return err
	}
	if version >= idleTimeout {
		settings = append(settings, [2]string{"idle_session_timeout", strconv.FormatInt(n.lease.Milliseconds(), 10)})
	}
	for _, s := range settings {
		if _, err := n.conn.Exec(ctx, `select set_config($1, $2, false)`, s[0], s[1]); err != nil {
			return err
		}
	}
	return nil
}

// lockClass is the first key of the table's advisory locks.
func (n *session) lockClass() int32 { return int32(n.oid) }

func (n *session) rebalanceIfDue(ctx context.Context) error {
	if time.Since(n.balanced) < n.balanceTime() {
		return nil
	}
	return n.rebalance(ctx)
}

var errReplaced = errors.New("the table was replaced by another one of its name")

// rebalance claims what is free, up to the share of this relay, or gives up what is
// beyond it. It also proves to PostgreSQL that the relay is there.
func (n *session) rebalance(ctx context.Context) error {
	const locks = `select l.objid::int4, to_regclass($2)::oid is not distinct from $1::oid
from pg_locks l where l.locktype = 'advisory' and l.objsubid = 2 and l.granted and l.classid = $1::oid
and l.database = (select oid from pg_database where datname = current_database())`
	rows, err := n.conn.Query(ctx, locks, n.oid, n.table)
	if err != nil {
		return err
	}
	relays, taken, same, current := 0, make(map[int]bool), true, int32(0)
	_, err = pgx.ForEachRow(rows, []any{&current, &same}, func() error {
		if current == present {
			relays++
		} else {
			taken[int(current)] = true
		}
		return nil
	})
	if err == nil && !same {
		err = errors.Join(errReplaced, n.conn.Close(ctx))
	}
	if err != nil {
		return err
	}
	n.balanced = time.Now()
	more := n.held.Balance(buckets, relays)
	if err := n.giveUp(ctx); err != nil {
		return err
	}
	return n.claim(ctx, taken, more)
}

// claim tries to get more of the buckets that nobody had a moment ago.
func (n *session) claim(ctx context.Context, taken map[int]bool, more int) error {
	var free []int32
	for _, b := range rand.Perm(buckets) {
		if len(free) < more && !taken[b] {
			free = append(free, int32(b))
		}
	}
	if len(free) == 0 {
		return nil
	}
	rows, err := n.conn.Query(ctx, `select b from unnest($2::int4[]) b where pg_try_advisory_lock($1::int4, b)`, n.lockClass(), free)
	if err != nil {
		return err
	}
	var b int32
	_, err = pgx.ForEachRow(rows, []any{&b}, func() error {
		n.held.Add(int(b))
		return nil
	})
	n.logger.Debug("claimed buckets", "table", n.name, "held", n.held.Held())
	return err
}

// giveUp unlocks what is to leave and has nothing out.
func (n *session) giveUp(ctx context.Context) error {
	for _, b := range n.held.Leaving() {
		if _, err := n.conn.Exec(ctx, `select pg_advisory_unlock($1::int4, $2::int4)`, n.lockClass(), b); err != nil {
			return err
		}
		n.held.Drop(b)
	}
	return nil
}

// end closes the connection; the locks end with it.
func (n *session) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	_ = n.conn.Close(ctx)
	select {
	case <-n.conn.PgConn().CleanupDone():
	case <-ctx.Done():
	}
}
