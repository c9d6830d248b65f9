package relay

import (
	"context"
	"time"
)

// settle tells the source what became of messages. Until it has taken that, nothing new
// is begun; when it does not for long, they are given back, to come again as duplicates.
func (r *Relay) settle(ctx, work context.Context) bool {
	if len(r.done) == 0 {
		return true
	}
	err := r.settleNow(work)
	r.unsettled = err != nil
	if err == nil {
		r.origin.works(r.now())
		return true
	}
	wait := r.origin.failed(err, r.now())
	if since, _ := r.origin.failingFor(r.now()); since >= releaseAfter && r.source.Release(work) == nil {
		r.done = nil
		r.queue.clear()
	}
	pause(ctx, wait)
	return false
}

func (r *Relay) settleNow(ctx context.Context) error {
	outcomes := make([]Outcome, len(r.done))
	for i, f := range r.done {
		outcomes[i] = Outcome{Message: f.msg, Reason: f.reason}
	}
	if err := r.source.Settle(ctx, outcomes); err != nil {
		return err
	}
	for _, f := range r.done {
		r.count(f)
	}
	r.done = r.done[:0]
	r.counters.held.Store(int64(len(r.queue.items)))
	return nil
}

func (r *Relay) count(f finished) {
	switch f.kind {
	case performed: // counted when it was
	case duplicate:
		r.counters.duplicates.Add(1)
	case stale:
		r.counters.stale.Add(1)
	case dropped:
		r.counters.dropped.Add(1)
	case dead:
		r.counters.dead.Add(1)
		args := []any{"message", f.msg.ID, "reason", f.reason}
		if f.op != nil {
			args = append(args, "id", f.op.ID, "namespace", f.op.Namespace, "age", r.age(f))
		}
		r.config.logger.Warn("dead letter", args...)
	}
}

func (r *Relay) age(f finished) time.Duration {
	if f.op.At.IsZero() {
		return 0
	}
	return r.now().Sub(f.op.At).Round(time.Millisecond)
}
