package redissource

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/relay"
)

// entry is a message's Ref.
type entry struct {
	stream int
	id     string
}

// Fetch implements relay.Source.
func (s *Source) Fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	if err := s.take(ctx); err != nil {
		return nil, prefixed(err)
	}
	defer s.yield()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	messages, err := s.fetch(ctx, max(most, 1), max(bytes, 1))
	if err != nil && s.ctx.Err() != nil {
		err = emitter.ErrClosed
	}
	return messages, prefixed(err)
}

func (s *Source) fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.rebalanceIfDue(ctx); err != nil {
			return nil, err
		}
		var messages []relay.Message
		for _, n := range s.held.Open() {
			if len(messages) >= most || bytes <= 0 {
				break
			}
			got, err := s.read(ctx, n, most-len(messages), bytes)
			if err != nil && len(messages) == 0 {
				return nil, s.streams[n].failed("read", err)
			}
			for _, m := range got {
				bytes -= len(m.Data)
			}
			messages = append(messages, got...)
		}
		if len(messages) > 0 {
			return messages, nil
		}
		s.wait(ctx, s.balanceTime()-time.Since(s.balanced))
	}
}

// read returns entries of a stream that is held.
func (s *Source) read(ctx context.Context, n, most, bytes int) ([]relay.Message, error) {
	st := s.streams[n]
	args := []any{s.token, s.lease.Milliseconds(), s.group, st.from, most, bytes}
	reply, err := fetchScript.Run(ctx, s.client, []string{st.lease, st.name}, args...).Slice()
	if isNoGroup(err) { // deleted by others, or with the stream
		if err = s.createGroup(ctx, st); err == nil {
			reply, err = fetchScript.Run(ctx, s.client, []string{st.lease, st.name}, args...).Slice()
		}
	}
	if err != nil {
		return nil, s.judge(n, err)
	}
	messages := make([]relay.Message, len(reply)-1)
	for i := range messages {
		messages[i] = st.message(n, reply[i].([]any))
		st.from = messages[i].Ref.(entry).id
		s.held.Fetched(n, st.from)
	}
	st.last, _ = reply[len(messages)].(string)
	return messages, nil
}

// message is one element of fetchScript's reply.
func (st *stream) message(n int, e []any) relay.Message {
	id, _ := e[0].(string)
	key, _ := e[1].(string)
	data, _ := e[2].(string)
	return relay.Message{Key: key, ID: st.name + "/" + id, Data: []byte(data), At: timeOf(id), Ref: entry{n, id}}
}

// timeOf reads the time off an id, MILLISECONDS-NUMBER.
func timeOf(id string) time.Time {
	text, _, _ := strings.Cut(id, "-")
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// blockTime is how long one wait in Redis lasts.
const blockTime = time.Second

// wait returns when there may be entries, after d, or when ctx ends.
func (s *Source) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	s.listen()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// listen starts to wait in Redis for streams that nobody waits for: on one server for
// all together, on a cluster for each by itself.
func (s *Source) listen() {
	var group []*stream
	_, cluster := s.client.(*redis.ClusterClient)
	for _, n := range s.held.Open() {
		if st := s.streams[n]; st.awaited.CompareAndSwap(false, true) {
			group = append(group, st)
			if cluster {
				s.block(group)
				group = nil
			}
		}
	}
	if len(group) > 0 {
		s.block(group)
	}
}

// block waits for an entry behind the last one of any of the streams.
func (s *Source) block(streams []*stream) {
	args := redis.XReadArgs{Count: 1, Block: blockTime}
	for _, st := range streams {
		args.Streams = append(args.Streams, st.name)
	}
	for _, st := range streams {
		args.Streams = append(args.Streams, cmp.Or(st.last, "0-0"))
	}
	s.tasks.Go(func() {
		err := s.client.XRead(s.ctx, &args).Err()
		for _, st := range streams {
			st.awaited.Store(false)
		}
		if !errors.Is(err, redis.Nil) { // an entry; or an error, which reading will find too
			select {
			case s.wake <- struct{}{}:
			default:
			}
		}
	})
}

var errForeign = errors.New("the message is not of this source")
