package pgxdriver

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// losses counts connections that turned out to be lost, those that listen included,
// which are read all the time. Where one was lost, as all are when PostgreSQL restarts,
// others may be dead without anybody knowing, and what is then written can't be sent
// again.
var losses atomic.Int64

// lossesKey is where a connection keeps the losses that it has outlived.
const lossesKey = "github.com/sioxide/emitter/driver/pgxdriver: losses"

// outlive has a connection prove that it is alive, if there was a loss since it last
// did, or if it must be sure: a question that is an event can't be asked twice. The
// error says that it is not, and nothing was sent.
func outlive(ctx context.Context, conn *pgx.Conn, sure bool, ping func(context.Context) error) error {
	n, data := losses.Load(), conn.PgConn().CustomData()
	if known, _ := data[lossesKey].(int64); known == n && !sure {
		return nil
	}
	if err := ping(ctx); err != nil {
		return err
	}
	data[lossesKey] = n
	return nil
}

// noteLoss counts a connection that was lost under a statement, unless the caller
// broke it off.
func noteLoss(ctx context.Context, conn *pgx.Conn) {
	if conn.IsClosed() && ctx.Err() == nil {
		losses.Add(1)
	}
}

// isUndone tells whether a statement that gave err was certainly not sent; dead says
// that the connection was closed before. Where one breaks, pgx says in the simple
// protocol that it was closed before, which is taken for true only when it was.
func isUndone(dead bool, err error) bool {
	if errors.Is(err, pgconn.ErrConnClosed) {
		return dead
	}
	return pgconn.SafeToRetry(err)
}
