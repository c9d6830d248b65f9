package pgxdriver_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// compare runs two ways by turns, a round of each per iteration, and reports the
// median of each and of their ratio: what else the machine does hits both alike. A
// round is n operations.
func compare(b *testing.B, n int, bare, ours func() error) {
	b.Helper()
	run := func(round func() error) float64 {
		start := time.Now()
		if err := round(); err != nil {
			b.Fatal(err)
		}
		return float64(time.Since(start)) / float64(n)
	}
	run(bare) // connections are opened and statements prepared
	run(ours)
	var bares, ourses, ratios []float64
	for i := range b.N {
		var x, y float64
		if i%2 == 0 {
			x, y = run(bare), run(ours)
		} else {
			y, x = run(ours), run(bare)
		}
		bares, ourses, ratios = append(bares, x), append(ourses, y), append(ratios, y/x)
	}
	b.ReportMetric(median(bares), "bare-ns/op")
	b.ReportMetric(median(ourses), "ours-ns/op")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(1e9/median(ourses), "ours/s")
	b.ReportMetric(0, "ns/op")
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

func times(n int, one func() error) func() error {
	return func() error {
		for range n {
			if err := one(); err != nil {
				return err
			}
		}
		return nil
	}
}

// together runs n operations on so many goroutines.
func together(n, goroutines int, one func() error) func() error {
	return func() error {
		var wg sync.WaitGroup
		errs := make([]error, goroutines)
		for g := range goroutines {
			wg.Go(func() { errs[g] = times(n/goroutines, one)() })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// payloadOf is what a request is notified as.
func payloadOf(req *protocol.Request) string {
	return fmt.Sprintf(`{"Request":{"node_id":%q,"payload":%s}}`, req.Node, req.AppendJSON(nil))
}

const bareNotify = `select pg_notify($1, $2)`

// BenchmarkSingle compares an emit with a bare notification of the same payload, or
// with a bare insert of the same bytes, through the same pool.
func BenchmarkSingle(b *testing.B) {
	url := sharedServer(b).URL("", "")
	pool := mustPool(b, url, nil)
	d := pgxdriver.New(pool)
	io := emitter.New(d).Of("/bench")
	req := requests(b, "/bench", 1)[0]
	channel, payload := pgxdriver.Channel("socket.io", "/bench", ""), payloadOf(req)
	ctx := context.Background()
	notify := func() error { _, err := pool.Exec(ctx, bareNotify, channel, payload); return err }
	const n = 200
	b.Run("Send beside pg_notify", func(b *testing.B) {
		compare(b, n, times(n, notify), times(n, func() error { _, err := d.Send(ctx, req); return err }))
	})
	b.Run("Emit beside pg_notify", func(b *testing.B) {
		compare(b, n, times(n, notify), times(n, func() error { return io.Emit(ctx, "event", 0) }))
	})
	for _, size := range []int{3 << 10, 64 << 10} {
		req.Packet.Data.Data = bytes.Repeat([]byte("x"), size)
		body := req.AppendMsgpack(nil)
		insert := func() error {
			_, err := pool.Exec(ctx, `insert into socket_io_attachments (payload) values ($1)`, body)
			return err
		}
		b.Run(fmt.Sprintf("Send of %d KiB beside insert", size>>10), func(b *testing.B) {
			compare(b, n, times(n, insert), times(n, func() error { _, err := d.Send(ctx, req); return err }))
		})
	}
}

// BenchmarkBatch compares SendAll with a pipeline of bare notifications.
func BenchmarkBatch(b *testing.B) {
	url := sharedServer(b).URL("", "")
	pool := mustPool(b, url, nil)
	d := pgxdriver.New(pool)
	ctx := context.Background()
	channel := pgxdriver.Channel("socket.io", "/bench", "")
	for _, n := range []int{16, 512} {
		reqs := requests(b, "/bench", n)
		servers, errs := make([]int, n), make([]error, n)
		payloads := make([]string, n)
		for i, req := range reqs {
			payloads[i] = payloadOf(req)
		}
		b.Run(fmt.Sprintf("%d beside a pipeline", n), func(b *testing.B) {
			compare(b, n, func() error {
				var batch pgx.Batch
				for _, p := range payloads {
					batch.Queue(bareNotify, channel, p)
				}
				return pool.SendBatch(ctx, &batch).Close()
			}, func() error { return d.SendAll(ctx, reqs, servers, errs) })
		})
		b.Run(fmt.Sprintf("%d beside one by one", n), func(b *testing.B) {
			i := 0
			compare(b, n, times(n, func() error {
				i++
				_, err := pool.Exec(ctx, bareNotify, channel, payloads[i%n])
				return err
			}), func() error { return d.SendAll(ctx, reqs, servers, errs) })
		})
	}
}

// BenchmarkConcurrent compares many goroutines that emit with as many that notify,
// each through the same pool.
func BenchmarkConcurrent(b *testing.B) {
	url := sharedServer(b).URL("", "")
	pool := mustPool(b, url, nil)
	io := emitter.New(pgxdriver.New(pool)).Of("/bench")
	ctx := context.Background()
	channel, payload := pgxdriver.Channel("socket.io", "/bench", ""), payloadOf(requests(b, "/bench", 1)[0])
	for _, goroutines := range []int{2, 16, 64, 256} {
		const n = 2048
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			compare(b, n,
				together(n, goroutines, func() error { _, err := pool.Exec(ctx, bareNotify, channel, payload); return err }),
				together(n, goroutines, func() error { return io.Emit(ctx, "event", 0) }))
		})
	}
}

// BenchmarkNewInTransaction is what a driver on a transaction costs beside the emit.
func BenchmarkNewInTransaction(b *testing.B) {
	tx, err := mustPool(b, sharedServer(b).URL("", ""), nil).Begin(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	b.ReportAllocs()
	for b.Loop() {
		_ = pgxdriver.New(tx)
	}
}
