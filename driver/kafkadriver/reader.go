package kafkadriver

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

const (
	// fetchWait is how long a broker holds a fetch that finds nothing; a new partition is
	// read from the next one on.
	fetchWait = 500 * time.Millisecond

	// tick is how often nodes that are gone are looked for.
	tick = time.Second

	// refresh is how often new partitions are looked for.
	refresh = 5 * time.Second

	// subscribeTime is less than the 5 s that answers gives an attempt: one that takes
	// longer fails by itself and says why, and a reader, which has lost nothing, is kept.
	subscribeTime = 4 * time.Second
)

// readers opens readers for a Driver, one for each topic in which questions are asked.
type readers struct {
	client *kgo.Client // the user's
	node   protocol.ID // of this driver, as presences name it
	book   *presence.Book
	log    *slog.Logger

	dropped atomic.Int64
}

var _ answers.Client = (*readers)(nil)

func newReaders(client *kgo.Client, book *presence.Book, log *slog.Logger) *readers {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &readers{client: client, node: protocol.NewNodeID(), book: book, log: log}
}

// Route names the prefix, which has a topic.
func (rs *readers) Route(_ context.Context, channel string) (any, error) {
	prefix := prefixOf(channel)
	_, err := topicOf(prefix)
	return prefix, err
}

// Redirected: there is no other place.
func (rs *readers) Redirected(context.Context, error) bool { return false }

// Dial returns a reader once the end of each partition is known: whatever is written
// from then on lies behind it and will be read.
func (rs *readers) Dial(ctx context.Context, name any, events answers.Events) (answers.Conn, error) {
	prefix := name.(string)
	r := &reader{
		readers: rs, prefix: prefix, topic: Topic(prefix), events: events,
		presence: presence.Channel(prefix), channels: make(map[string]struct{}), reads: make(map[int32]struct{}),
	}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	r.ask()
	return r, nil
}

// reader reads a topic, in a client of its own.
type reader struct {
	readers                 *readers
	prefix, topic, presence string
	events                  answers.Events
	client                  *kgo.Client
	admin                   *kadm.Client
	cancel                  context.CancelFunc
	running                 sync.WaitGroup

	mu       sync.Mutex
	channels map[string]struct{} // of answers that are wanted
	reads    map[int32]struct{}  // the partitions that are read
}

var _ answers.Conn = (*reader)(nil)

func (r *reader) open(ctx context.Context) error {
	c, err := own(r.readers.client,
		kgo.FetchMaxWait(fetchWait),
		kgo.KeepRetryableFetchErrors(),
		// Where the log was cut, what comes twice is dropped, and nothing is missed.
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return fmt.Errorf("make a client to read with: %w", err)
	}
	r.client, r.admin = c, kadm.NewClient(c)
	ends, err := r.ends(ctx)
	if err != nil {
		c.Close()
		return err
	}
	from := make(map[int32]kgo.Offset, len(ends))
	for partition, end := range ends {
		from[partition] = kgo.NewOffset().At(end)
		r.reads[partition] = struct{}{}
	}
	c.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.topic: from})
	running, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.running.Go(func() { r.read(running) })
	r.running.Go(func() { r.watch(running) })
	return nil
}

// ask has the servers say at once that they are there. It does not matter much: they say
// so every 3 s.
func (r *reader) ask() {
	p := protocol.Presence{Node: r.readers.node, IsQuestion: true}
	r.readers.client.TryProduce(context.Background(), &kgo.Record{
		Topic: r.topic, Key: []byte(r.presence), Value: p.AppendMsgpack(nil),
	}, func(_ *kgo.Record, err error) {
		if err != nil {
			r.readers.log.Debug("emitter: servers were not asked who is there", "topic", r.topic, "error", err)
		}
	})
}

// Subscribe looks for new partitions: an answer on one of them would be missed.
func (r *reader) Subscribe(ctx context.Context, channel string) error {
	ctx, cancel := context.WithTimeout(ctx, subscribeTime)
	defer cancel()
	if err := r.extend(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.channels[channel] = struct{}{}
	return nil
}

// Unsubscribe has the answers on a channel passed over.
func (r *reader) Unsubscribe(_ context.Context, channel string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.channels, channel)
	return nil
}

// Close ends the reader and its client.
func (r *reader) Close() {
	r.cancel()
	r.client.Close()
	r.running.Wait()
}
