package jetstreamsource

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// leases are the bucket, and the loop that keeps our share of it. Keys are relay.ID of
// each relay and subject.NAME.0 of each subject that is taken, with the ID of who has
// it; both are forgotten when they are not renewed.
type leases struct {
	source *Source
	bucket jetstream.KeyValue
	backer jetstream.Stream // of the bucket
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

const (
	relayKey   = "relay."
	subjectKey = "subject."
)

func (s *Source) openLeases(ctx context.Context, stream jetstream.StreamConfig) (*leases, error) {
	l := &leases{source: s}
	var err error
	if l.bucket, err = s.js.KeyValue(ctx, s.config.bucket); errors.Is(err, jetstream.ErrBucketNotFound) {
		l.bucket, err = s.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: s.config.bucket, Description: "leases of the relays of stream " + s.name, TTL: leaseTime,
			Storage: jetstream.FileStorage, Replicas: stream.Replicas,
		})
	}
	if err != nil {
		return nil, err
	}
	l.backer, err = s.js.Stream(ctx, "KV_"+s.config.bucket)
	if err == nil && l.backer.CachedInfo().Config.MaxAge != leaseTime {
		err = errors.New("it is of something else, or another version: its TTL is " + l.backer.CachedInfo().Config.MaxAge.String() + ", not " + leaseTime.String() + "; delete it when no relay runs")
	}
	return l, err
}

func (l *leases) start() {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	l.wg.Go(func() {
		ticker := time.NewTicker(leaseTick)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				l.tick(ctx)
			}
		}
	})
}

// tick renews what we have, and gives and takes until it is our share. What fails is
// tried again at the next; a lease that can't be renewed ends by itself.
func (l *leases) tick(ctx context.Context) {
	for _, c := range l.source.held() {
		l.renew(ctx, c)
	}
	share, err := l.share(ctx)
	if err == nil {
		l.giveUp(ctx, share)
		l.fill(ctx, share)
	}
	l.source.wake()
}

// renew renews one lease. When it began counts from before the call, as the server's
// time of it is later.
func (l *leases) renew(ctx context.Context, c *claim) {
	began := time.Now()
	revision, err := l.acquire(ctx, c.subject, c.revision)
	switch {
	case err == nil && !began.Before(c.until):
		l.drop(ctx, c.subject, revision) // it was over meanwhile, and may have been another's
		l.source.lose(c)
	case err == nil:
		c.revision = revision
		l.source.extend(c, began)
	case errors.Is(err, errTaken) || !time.Now().Before(c.until):
		l.source.lose(c)
	}
}

var errTaken = errors.New("another relay has it")

// acquire writes our ID to a subject's key, whose last revision is the one given, 0
// for none. A write of ours whose answer was lost is found again.
func (l *leases) acquire(ctx context.Context, subject string, revision uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, callMost)
	defer cancel()
	key, id := subjectKey+subject, []byte(l.source.id)
	write := func(at uint64) (uint64, error) {
		if at == 0 {
			return l.bucket.Create(ctx, key, id)
		}
		return l.bucket.Update(ctx, key, id, at)
	}
	got, err := write(revision)
	if !errors.Is(err, jetstream.ErrKeyExists) && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return got, err
	}
	e, err := l.bucket.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, errTaken // it was over; the next tick takes it anew
	case err != nil:
		return 0, err
	case string(e.Value()) != l.source.id:
		return 0, errTaken
	}
	return write(e.Revision())
}

// share says that we are there, and how many subjects are ours among all relays.
func (l *leases) share(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, callMost)
	defer cancel()
	if _, err := l.bucket.PutString(ctx, relayKey+l.source.id, l.source.name); err != nil {
		return 0, err
	}
	prefix := "$KV." + l.source.config.bucket + "." + relayKey
	info, err := l.backer.Info(ctx, jetstream.WithSubjectFilter(prefix+">"))
	if err != nil {
		return 0, err
	}
	ids := []string{l.source.id}
	for subject := range info.State.Subjects {
		if id := strings.TrimPrefix(subject, prefix); id != l.source.id {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	n := len(l.source.subjects)
	share := n / len(ids)
	if slices.Index(ids, l.source.id) < n%len(ids) {
		share++
	}
	return share, nil
}

// giveUp ends the claims beyond our share, each when nothing of it is in hand.
func (l *leases) giveUp(ctx context.Context, share int) {
	for _, c := range l.source.surplus(share) {
		l.source.lose(c)
		l.drop(ctx, c.subject, c.revision)
	}
}

// drop removes a lease: exactly ours, by its revision.
func (l *leases) drop(ctx context.Context, subject string, revision uint64) {
	ctx, cancel := context.WithTimeout(ctx, callMost)
	defer cancel()
	_ = l.bucket.Delete(ctx, subjectKey+subject, jetstream.LastRevision(revision)) // otherwise it ends by itself
}

// fill takes leases up to our share.
func (l *leases) fill(ctx context.Context, share int) {
	held := l.source.held()
	for _, subject := range l.source.subjects {
		if len(held) >= share || ctx.Err() != nil {
			return
		}
		if slices.ContainsFunc(held, func(c *claim) bool { return c.subject == subject }) {
			continue
		}
		began := time.Now()
		revision, err := l.acquire(ctx, subject, 0)
		if err != nil {
			continue
		}
		c := &claim{subject: subject, next: 1, revision: revision}
		held = append(held, c)
		l.source.begun(c, began)
	}
}

// close ends the loop and gives everything up.
func (l *leases) close(ctx context.Context) error {
	l.cancel()
	l.wg.Wait()
	for _, c := range l.source.held() {
		l.source.lose(c)
		l.drop(ctx, c.subject, c.revision)
	}
	return l.backer.Purge(ctx, jetstream.WithPurgeSubject("$KV."+l.source.config.bucket+"."+relayKey+l.source.id))
}
