package relay

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// Relay performs the operations of a source on a cluster. Make it with New.
type Relay struct {
	config    config
	source    Source
	io        emitter.Emitter // through the watched driver
	through   emitter.Emitter // through the batch
	recorder  *recorder
	watch     *watcher
	census    *census
	dedupe    *dedupe
	queue     *queue
	done      []finished // not settled yet
	unsettled bool       // the last Settle failed
	counters  *counters
	cluster   *side
	origin    *side // the source
	meters    *meters
	lag       lag
	running   atomic.Bool
	now       func() time.Time
}

var errNoSource = errors.New("relay: New was given no source")

// New makes a relay from source to the cluster that driver reaches. The driver must
// bring answers back. Both must outlive Run; neither is closed.
func New(source Source, driver emitter.Driver, opts ...Option) *Relay {
	c := defaults()
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	r := &Relay{
		config: c, source: source, queue: newQueue(), counters: newCounters(), now: time.Now,
		census: newCensus(c.serverGrace), dedupe: newDedupe(c.dedupe, c.dedupeIDs),
		cluster: &side{name: "cluster", log: c.logger}, origin: &side{name: "source", log: c.logger},
	}
	var watched emitter.Driver
	if driver != nil {
		watched, r.watch = watch(driver)
	}
	r.recorder = &recorder{Batch: emitter.NewBatch(watched, c.batch...)}
	r.io = emitter.New(watched, c.emitter...)
	r.through = r.io.Via(r.recorder)
	return r
}

// Run relays until ctx ends. What is under way then is finished or given back to the
// source, within the time of StopWithin, and Run returns nil. It returns an error at
// once where the driver or an option does not fit, and when something could not be
// given back: that comes again when the source notices that its owner has gone.
func (r *Relay) Run(ctx context.Context) error {
	if !r.running.CompareAndSwap(false, true) {
		return errors.New("relay: it runs already")
	}
	defer r.running.Store(false)
	if r.source == nil {
		return errNoSource
	}
	if err := r.check(); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	var err error
	if r.meters, err = r.instruments(); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	defer r.meters.stop()
	r.config.logger.Info("relay starts", "dedupe", r.config.dedupe, "max_age", r.config.maxAge)
	work, cancel := withGrace(ctx, r.config.stopWithin*2/3)
	defer cancel()
	for ctx.Err() == nil {
		r.round(ctx, work)
	}
	return r.stop(work)
}

// check finds what would make every operation fail, without sending any.
func (r *Relay) check() error {
	if r.watch == nil {
		return emitter.ErrNoDriver
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.recorder.Batch.Send(ended, new(protocol.Request)); !errors.Is(err, context.Canceled) {
		return err // the batch's options do not fit
	}
	nowhere := emitter.PublishFunc(func(context.Context, string, []byte) error { return nil })
	if err := r.io.Via(nowhere).Disconnect(context.Background()); err != nil {
		return fmt.Errorf("the emitter's options do not fit a relay: %w", err)
	}
	return nil
}

// withGrace returns a context that ends grace after ctx.
func withGrace(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return work, func() { stop(); cancel() }
}

// round is one turn: settle, fetch, perform. Nothing new is begun once ctx has ended,
// what was begun goes on until work ends.
func (r *Relay) round(ctx, work context.Context) {
	if !r.settle(ctx, work) || !r.fetch(ctx) {
		return
	}
	r.sweep()
	if items := r.queue.ready(); len(items) > 0 && !r.perform(ctx, work, items) {
		return
	}
	if l := r.queue.next(); l != nil && !l.due.After(r.now()) && ctx.Err() == nil {
		r.perform(ctx, work, r.queue.again(l))
	}
}

// stop settles what is finished and gives back the rest.
func (r *Relay) stop(work context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), r.config.stopWithin/4)
	defer cancel()
	held := len(r.queue.items)
	var errs []error
	if len(r.done) > 0 {
		errs = append(errs, r.settleNow(ctx))
	}
	errs = append(errs, r.source.Release(ctx))
	r.queue.clear()
	r.done = nil
	r.counters.held.Store(0)
	err := errors.Join(errs...)
	r.config.logger.Info("relay stops", "released", held, "performed", r.counters.performed.Load(), "error", err)
	if err != nil {
		return fmt.Errorf("relay: what was not finished could not be given back: %w", err)
	}
	return nil
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
