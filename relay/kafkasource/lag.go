package kafkasource

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Lag is relay.Source's: of the whole group, the offsets from what is committed to the
// end, and when the first record there was written.
func (s *Source) Lag(ctx context.Context) (int64, time.Time, error) {
	waiting, from, err := s.behind(ctx)
	var oldest time.Time
	if err == nil && waiting > 0 {
		oldest, err = s.oldest(ctx, from)
	}
	if err != nil {
		return 0, time.Time{}, prefixed(fmt.Errorf("lag of group %q on %q: %w", s.group, s.topic, err))
	}
	return waiting, oldest, nil
}

// behind counts the offsets that wait, and returns where they begin in each partition
// that has any.
func (s *Source) behind(ctx context.Context) (int64, map[int32]kgo.Offset, error) {
	committed, err := s.admin.FetchOffsetsForTopics(ctx, s.group, s.topic)
	if err == nil {
		err = committed.Error()
	}
	if err != nil {
		return 0, nil, err
	}
	starts, err := s.bound(ctx, s.admin.ListStartOffsets)
	if err != nil {
		return 0, nil, err
	}
	ends, err := s.bound(ctx, s.admin.ListEndOffsets)
	if err != nil {
		return 0, nil, err
	}
	waiting, from := int64(0), make(map[int32]kgo.Offset)
	for p, end := range ends[s.topic] {
		at := starts[s.topic][p].Offset
		if c, ok := committed.Lookup(s.topic, p); ok {
			at = max(at, c.At)
		}
		if n := end.Offset - at; n > 0 {
			waiting += n
			from[p] = kgo.NewOffset().At(at)
		}
	}
	return waiting, from, nil
}

type listOffsets func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error)

func (s *Source) bound(ctx context.Context, list listOffsets) (kadm.ListedOffsets, error) {
	offsets, err := list(ctx, s.topic)
	if err == nil {
		err = offsets.Error()
	}
	return offsets, err
}

// lookMost is how long Lag looks for records where there may be none any more, but
// marks of transactions.
const lookMost = 5 * time.Second

// oldest looks at the first record of each partition, with a client that belongs to no
// group.
func (s *Source) oldest(ctx context.Context, from map[int32]kgo.Offset) (time.Time, error) {
	opts := append([]kgo.Opt{kgo.FetchMaxWait(fetchWait)}, s.opts...)
	client, err := kgo.NewClient(append(opts,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.topic: from}),
		kgo.FetchMaxPartitionBytes(1), // a batch is always returned whole
	)...)
	if err != nil {
		return time.Time{}, err
	}
	defer client.Close()
	within, cancel := context.WithTimeout(ctx, lookMost)
	defer cancel()
	var oldest time.Time
	for seen := make(map[int32]bool); len(seen) < len(from); {
		fetches := client.PollFetches(within)
		if err := fetches.Err(); err != nil {
			if within.Err() != nil && ctx.Err() == nil {
				return oldest, nil
			}
			return time.Time{}, err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if !seen[r.Partition] && (oldest.IsZero() || r.Timestamp.Before(oldest)) {
				oldest = r.Timestamp
			}
			seen[r.Partition] = true
		})
	}
	return oldest, nil
}
