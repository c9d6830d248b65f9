// Outbox: a shop takes orders, and the kitchen's screens hear of each that was stored,
// even when the cluster is away at that moment.
//
// Choose this when an event must be sent if, and only if, a transaction commits, and
// must wait until the cluster can take it. The order and the event are written in one
// transaction of PostgreSQL; a relay performs on the cluster what waits there.
//
//	DATABASE_URL=postgres://localhost/shop REDIS_URL=redis://127.0.0.1:6379 go run ./outbox
//
// With -only=orders and -only=relay the two halves are two processes, of which each may
// run many times; `sioxide relay` does the latter, too.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/outbox/pgxoutbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/pgsource"
)

func main() {
	only := flag.String("only", "", "orders: take them, and leave their events in the outbox; relay: perform what comes until interrupted")
	flag.Parse()
	err := run(*only, cmp.Or(os.Getenv("DATABASE_URL"), "postgres://localhost"), cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379"))
	if err != nil {
		log.Fatal(err)
	}
}

func run(only, database, cluster string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	pool, err := pgxpool.New(ctx, database)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := createTables(ctx, pool); err != nil {
		return err
	}
	switch only {
	case "orders":
		return takeOrders(ctx, pool)
	case "relay":
		return perform(ctx, pool, cluster, nil)
	case "":
		if err := takeOrders(ctx, pool); err != nil {
			return err
		}
		return perform(ctx, pool, cluster, untilEmpty)
	}
	return fmt.Errorf("-only is orders or relay, not %q", only)
}

func createTables(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, "create table if not exists meals (id bigint generated always as identity primary key, dish text not null)")
	if err != nil {
		return err
	}
	return pgsource.CreateTable(ctx, pool, outbox.DefaultTable)
}

type order struct {
	ID   int64  `json:"id"`
	Dish string `json:"dish"`
}

func takeOrders(ctx context.Context, pool *pgxpool.Pool) error {
	// An emitter as any other; each transaction brings its own driver.
	kitchen := emitter.New(nil).To("kitchen")
	for _, dish := range []string{"pizza", "unicorn", "pasta"} {
		err := takeOrder(ctx, pool, kitchen, dish)
		if errors.Is(err, errNotOnTheMenu) {
			log.Printf("%s: %v; neither stored nor told", dish, err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var errNotOnTheMenu = errors.New("it is not on the menu")

// takeOrder stores an order and its event, or neither.
func takeOrder(ctx context.Context, pool *pgxpool.Pool, kitchen emitter.Emitter, dish string) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		o := order{Dish: dish}
		if err := tx.QueryRow(ctx, "insert into meals (dish) values ($1) returning id", dish).Scan(&o.ID); err != nil {
			return err
		}
		if err := kitchen.Via(pgxoutbox.New(tx)).Emit(ctx, "ordered", o); err != nil {
			return err
		}
		if dish == "unicorn" {
			return errNotOnTheMenu
		}
		return nil
	})
}

// perform runs a relay until ctx is over, or what done waits for has happened.
func perform(ctx context.Context, pool *pgxpool.Pool, cluster string, done func(context.Context, *relay.Relay) error) error {
	options, err := redis.ParseURL(cluster)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	driver := redisdriver.New(client)
	defer func() { _ = driver.Close() }()
	source := pgsource.New(pool)
	defer func() { _ = source.Close(context.WithoutCancel(ctx)) }()

	r := relay.New(source, driver, relay.WithLogger(slog.Default()))
	if done == nil {
		return r.Run(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- done(ctx, r); cancel() }()
	return errors.Join(r.Run(ctx), <-ended)
}

// untilEmpty waits until the outbox is empty, half a minute at most.
func untilEmpty(ctx context.Context, r *relay.Relay) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		waiting, _, err := r.Lag(ctx)
		if err == nil && waiting == 0 {
			log.Printf("the kitchen knows: %d operations performed", r.Stats().Performed)
			return nil
		}
		select {
		case <-time.After(time.Second / 10):
		case <-ctx.Done():
			return fmt.Errorf("%d operations wait still: does a server of the cluster listen? %w", waiting, errors.Join(r.Healthy(), err))
		}
	}
}
