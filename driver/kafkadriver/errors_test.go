package kafkadriver_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/protocol"
)

// fake is a fake Kafka in this process, which can be told what to answer.
func fake(t testing.TB) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func emit(ctx context.Context, d emitter.Driver, prefix, text string) error {
	return emitter.New(d, emitter.WithPrefix(prefix)).Emit(ctx, "event", text)
}

// Without a broker the client tries for ever, and its own limit of time does not end it.
func TestNoBroker(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	d := kafkadriver.New(client(t, free.Addr().String(), kgo.RecordDeliveryTimeout(time.Second)))
	start := time.Now()
	mustBe(t, emit(context.WithoutCancel(t.Context()), d, "socket.io", ""), context.DeadlineExceeded, true, "after 1s", "can they be reached")
	if took := time.Since(start); took < time.Second || took > 5*time.Second {
		t.Errorf("it took %v, want about a second", took)
	}
}

func TestErrors(t *testing.T) {
	addr := fake(t).ListenAddrs()[0]
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	closed := kafkadriver.New(client(t, addr))
	_ = closed.Close()
	gone := client(t, addr)
	gone.Close()
	one, small := kafkadriver.New(client(t, addr)), kafkadriver.New(client(t, addr, kgo.ProducerBatchMaxBytes(1000), kgo.MaxBufferedBytes(5000)))
	for _, c := range []struct {
		name  string
		err   error
		want  error
		parts []string
	}{
		{"a context that has ended", emit(ended, one, "socket.io", ""), context.Canceled, nil},
		{"a driver that is closed", emit(t.Context(), closed, "socket.io", ""), emitter.ErrClosed, nil},
		{"a client that is closed", emit(t.Context(), kafkadriver.New(gone), "socket.io", ""), kgo.ErrClientClosed, []string{"must outlive the driver"}},
		{"a topic that is missing", emit(t.Context(), one, "a_b", ""), kerr.UnknownTopicOrPartition, []string{`topic "a_5Fb"`, "--create --topic a_5Fb", "AllowAutoTopicCreation"}},
		{"a prefix that is too long", emit(t.Context(), one, strings.Repeat("_", 100), ""), emitter.ErrPrefix, []string{"300 bytes"}},
		{"more than a batch", emit(t.Context(), small, "socket.io", strings.Repeat("x", 1500)), emitter.ErrTooLarge, []string{"ProducerBatchMaxBytes", "max.message.bytes"}},
		{"more than the client holds", emit(t.Context(), small, "socket.io", strings.Repeat("x", 6000)), emitter.ErrTooLarge, nil},
		{"servers are to be counted", emitter.New(noListener{one}, emitter.RequireServers()).Emit(t.Context(), "event"), emitter.ErrUnsupported, nil},
	} {
		t.Run(c.name, func(t *testing.T) { mustBe(t, c.err, c.want, true, c.parts...) })
	}
	stop, err := one.Listen(t.Context(), &protocol.Request{Prefix: "missing", Namespace: "/", Type: protocol.AllRooms}, nil)
	if stop != nil {
		t.Error("a question in a topic that is missing is refused")
	}
	mustBe(t, err, kerr.UnknownTopicOrPartition, true, "--create --topic missing")
}

// noListener is a driver that can't ask.
type noListener struct{ d *kafkadriver.Driver }

func (n noListener) Send(ctx context.Context, req *protocol.Request) (int, error) {
	return n.d.Send(ctx, req)
}

// TestRefusals has the broker refuse what it was sent.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		code   *kerr.Error
		safe   bool
		remedy string
	}{
		{kerr.TopicAuthorizationFailed, true, "Write"},
		{kerr.MessageTooLarge, true, "max.message.bytes"},
		{kerr.InvalidRecord, true, ""},
		{kerr.PolicyViolation, true, ""},
		{kerr.InvalidRequiredAcks, false, ""}, // not one that is known
	} {
		t.Run(c.code.Message, func(t *testing.T) {
			cluster := fake(t)
			cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
				cluster.KeepControl()
				return refusal(req.(*kmsg.ProduceRequest), c.code), nil, true
			})
			err := emit(t.Context(), kafkadriver.New(client(t, cluster.ListenAddrs()[0])), "socket.io", "")
			mustBe(t, err, c.code, c.safe, c.remedy)
			if c.code == kerr.MessageTooLarge && !errors.Is(err, emitter.ErrTooLarge) {
				t.Errorf("%v is not ErrTooLarge", err)
			}
		})
	}
}

func refusal(req *kmsg.ProduceRequest, code *kerr.Error) kmsg.Response {
	res := req.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range req.Topics {
		t := kmsg.NewProduceResponseTopic()
		t.Topic, t.TopicID = topic.Topic, topic.TopicID
		for _, partition := range topic.Partitions {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition, p.ErrorCode = partition.Partition, code.Code
			t.Partitions = append(t.Partitions, p)
		}
		res.Topics = append(res.Topics, t)
	}
	return res
}

// TestEndedWhileBuffered has no Kafka at all: what was never sent is marked so.
func TestEndedWhileBuffered(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := kafkadriver.New(client(t, l.Addr().String()))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	mustBe(t, emit(ctx, d, "socket.io", ""), context.DeadlineExceeded, true)
}
