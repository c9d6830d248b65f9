package kafkadriver_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/protocol"
)

// question listens for the answers to a question of its own.
type question struct {
	*protocol.Request
	answers chan protocol.Response
}

func ask(t *testing.T, d *kafkadriver.Driver, prefix string) *question {
	t.Helper()
	q := &question{
		&protocol.Request{Prefix: prefix, Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: protocol.AllRooms},
		make(chan protocol.Response, 10),
	}
	stop, err := d.Listen(t.Context(), q.Request, func(res protocol.Response) { q.answers <- res })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return q
}

// record is a server's answer to q.
func (q *question) record(headers ...kgo.RecordHeader) *kgo.Record {
	res := protocol.Response{Request: q.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms}
	return &kgo.Record{
		Topic: kafkadriver.Topic(q.Prefix), Headers: headers, Value: res.AppendAddressed(nil),
		Key: []byte(emitter.ResponseChannel(q.Prefix, q.Namespace, q.Node.String())),
	}
}

func (q *question) mustBeAnswered(t *testing.T, rule string) {
	t.Helper()
	select {
	case <-q.answers:
	case <-time.After(patience):
		t.Fatalf("%s: no answer within %v", rule, patience)
	}
}

func write(t *testing.T, c *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := c.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// newListening returns a driver on a proxy to a fake Kafka, whose topic is the prefix.
func newListening(t *testing.T, b *broker, log *slog.Logger, opts ...kgo.Opt) *kafkadriver.Driver {
	t.Helper()
	d := kafkadriver.New(b.connect(t, opts...), kafkadriver.WithLogger(log))
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// TestPositionsAreKept has answers written while the driver can't read: none is lost.
func TestPositionsAreKept(t *testing.T) {
	b := newBroker(t, fakeProcess(t))
	d := newListening(t, b, nil)
	q := ask(t, d, "socket.io")
	server := client(t, b.addr)
	for range 3 {
		resume := b.proxy.Stall(t)
		write(t, server, q.record())
		b.proxy.CloseAll()
		resume()
		q.mustBeAnswered(t, "what is written while connections are lost is read later")
	}
}

// TestNewPartitions has a topic grow while it is read.
func TestNewPartitions(t *testing.T) {
	b := newBroker(t, fakeProcess(t))
	createTopics(t, b.addr, 1, "grows")
	q := ask(t, newListening(t, b, nil), "grows")
	server := client(t, b.addr, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	write(t, server, q.record())
	q.mustBeAnswered(t, "the first partition is read")
	res, err := kadm.NewClient(server).CreatePartitions(t.Context(), 2, "grows")
	if err == nil {
		err = res.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	server = client(t, b.addr, kgo.RecordPartitioner(kgo.ManualPartitioner())) // knows them from the start
	for _, partition := range []int32{2, 0, 1} {
		r := q.record()
		r.Partition = partition
		write(t, server, r)
		q.mustBeAnswered(t, "new partitions are read from their start")
	}
}

// TestTopicIsMade has the user's client allow it.
func TestTopicIsMade(t *testing.T) {
	b := newBroker(t, fakeProcess(t))
	q := ask(t, newListening(t, b, nil, kgo.AllowAutoTopicCreation()), "made")
	write(t, client(t, b.addr), q.record())
	q.mustBeAnswered(t, "a topic that is made on demand is read")
}

// logged keeps what a logger was told.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestTopicIsMadeAgain has the topic deleted: positions mean nothing any more.
func TestTopicIsMadeAgain(t *testing.T) {
	b := newBroker(t, fakeProcess(t))
	createTopics(t, b.addr, 3, "again")
	log := new(logged)
	d := newListening(t, b, slog.New(slog.NewTextHandler(log, nil)))
	q := ask(t, d, "again")
	server := client(t, b.addr)
	write(t, server, q.record())
	q.mustBeAnswered(t, "the topic is read")
	if _, err := kadm.NewClient(server).DeleteTopics(t.Context(), "again"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log says that the topic is lost", func() bool { return strings.Contains(log.String(), kerr.UnknownTopicOrPartition.Message) })
	createTopics(t, b.addr, 3, "again")
	eventually(t, "the log says that it is back", func() bool { return strings.Contains(log.String(), "subscription restored") })
	write(t, client(t, b.addr), q.record())
	q.mustBeAnswered(t, "a topic that is made again is read")
}

func eventually(t *testing.T, rule string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", rule, patience)
		}
	}
}

// TestGroupsAreNotJoined has a client that consumes in a group of its own: the driver's
// reader takes nothing from it.
func TestGroupsAreNotJoined(t *testing.T) {
	b := newBroker(t, fakeProcess(t))
	d := newListening(t, b, nil, kgo.ConsumerGroup("mine"), kgo.ConsumeTopics("socket.io"), kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) {}))
	q := ask(t, d, "socket.io")
	write(t, client(t, b.addr), q.record(), q.record(kgo.RecordHeader{Key: "v", Value: []byte("2")}), q.record())
	q.mustBeAnswered(t, "answers are read")
	q.mustBeAnswered(t, "answers are read")
	if n := len(q.answers); n != 0 {
		t.Errorf("%d answers of another version are taken", n)
	}
	groups, err := kadm.NewClient(client(t, b.addr)).DescribeGroups(t.Context(), "mine")
	if err != nil || len(groups["mine"].Members) > 1 {
		t.Errorf("%d members of the user's group, %v: the reader is in no group", len(groups["mine"].Members), err)
	}
}
