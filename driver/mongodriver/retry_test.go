package mongodriver_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/mongodriver"
	"github.com/sioxide/emitter/protocol"
)

// TestRetriedInsert: the client library repeats an insert whose answer was lost, and
// it is one message.
func TestRetriedInsert(t *testing.T) {
	s := mongotest.Start(t)
	proxy := newProxy(t, s.Addr)
	d := mongodriver.New(connect(t, proxy.Addr))
	defer d.Close()
	io := emitter.New(d)
	got := watch(t, connect(t, s.Addr), "/", "")
	mustArrive(t, io, got)
	for i := range 3 {
		proxy.CutNext()
		if err := io.Emit(t.Context(), "once"); err != nil {
			t.Fatalf("the insert is repeated: %v", err)
		}
		if proxy.Cuts() != i+1 {
			t.Fatalf("%d answers were lost, want %d", proxy.Cuts(), i+1)
		}
		mustArrive(t, io, got, "once")
	}
	batch := emitter.NewBatch(d)
	for range 3 {
		if err := io.Via(batch).Emit(t.Context(), "many"); err != nil {
			t.Fatal(err)
		}
	}
	proxy.CutNext()
	if err := batch.Flush(t.Context()); err != nil {
		t.Fatalf("the insert is repeated: %v", err)
	}
	mustArrive(t, io, got, "many", "many", "many")
}

// TestNotSent: what certainly was not sent is marked.
func TestNotSent(t *testing.T) {
	s := mongotest.Start(t)
	down := connect(t, "127.0.0.1:1", func(o *options.ClientOptions) { o.SetServerSelectionTimeout(100 * time.Millisecond) })
	gone := connect(t, s.Addr)
	if err := gone.Database().Client().Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		collection *mongo.Collection
		want       string
	}{
		"no server":             {down, "check the address"},
		"a disconnected client": {gone, "must outlive the driver"},
	} {
		d := mongodriver.New(c.collection)
		_, err := d.Send(t.Context(), request("/", "x"))
		if !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want it marked, with %q", name, err, c.want)
		}
	}
}

func TestUnacknowledged(t *testing.T) {
	s := mongotest.Start(t)
	c := connect(t, s.Addr, func(o *options.ClientOptions) { o.SetWriteConcern(writeconcern.Unacknowledged()) })
	d := mongodriver.New(c)
	defer d.Close()
	_, err := d.Send(t.Context(), request("/", "x"))
	if err == nil || emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "write concern") {
		t.Errorf("what MongoDB does not confirm is in doubt: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	var none *mongodriver.Driver
	for name, d := range map[string]*mongodriver.Driver{"a nil collection": mongodriver.New(nil), "a nil *Driver": none} {
		_, err := d.Send(t.Context(), request("/", "x"))
		if !errors.Is(err, emitter.ErrNoDriver) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: %v, not a marked ErrNoDriver", name, err)
		}
		err = d.SendAll(t.Context(), []*protocol.Request{request("/", "x")}, make([]int, 1), make([]error, 1))
		if !errors.Is(err, emitter.ErrNoDriver) {
			t.Errorf("%s: SendAll: %v", name, err)
		}
		if _, err := d.Listen(t.Context(), question("/"), nil); !errors.Is(err, emitter.ErrNoDriver) {
			t.Errorf("%s: Listen: %v", name, err)
		}
		if err := d.Close(); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
	}
}

// TestAtTheLimit sends as much as MongoDB takes, and a byte more.
func TestAtTheLimit(t *testing.T) {
	s := mongotest.Start(t)
	d := mongodriver.New(connect(t, s.Addr))
	defer d.Close()
	got := watch(t, connect(t, s.Addr), "/", "")
	fits := request("/", "")
	for fits.MsgpackLen() < limit {
		fits.Packet.Data.Data = append(fits.Packet.Data.Data, make([]byte, limit-fits.MsgpackLen())...)
	}
	for fits.MsgpackLen() > limit {
		fits.Packet.Data.Data = fits.Packet.Data.Data[1:]
	}
	tooLong := request("/", "")
	tooLong.Packet.Data.Data = append(fits.Packet.Data.Data, 0)
	if _, err := d.Send(t.Context(), tooLong); !errors.Is(err, emitter.ErrTooLarge) || !emitter.SafeToRetry(err) {
		t.Errorf("%d bytes: %v, not a marked ErrTooLarge", tooLong.MsgpackLen(), err)
	}
	small := request("/", "small")
	reqs, servers, errs := []*protocol.Request{tooLong, small}, make([]int, 2), make([]error, 2)
	if err := d.SendAll(t.Context(), reqs, servers, errs); !errors.Is(errs[0], emitter.ErrTooLarge) || errs[1] != nil {
		t.Errorf("SendAll: %v (%v)", errs, err)
	}
	if _, err := d.Send(t.Context(), fits); err != nil {
		t.Fatal(err)
	}
	for _, want := range []*protocol.Request{small, fits} {
		if data := <-got; string(data) != string(want.AppendMsgpack(nil)) {
			t.Fatalf("%d bytes arrived, not the %d that were sent", len(data), want.MsgpackLen())
		}
	}
}

// limit is for namespace /, to all servers: a document of 16 MiB.
const limit = 1_376_017

// TestRights: what the user may not do is told with what is missing.
func TestRights(t *testing.T) {
	s := mongotest.Start(t, mongotest.Deny("insert"))
	d := mongodriver.New(connect(t, s.Addr))
	defer d.Close()
	reqs, servers, errs := []*protocol.Request{request("/", "a"), request("/", "b")}, make([]int, 3), make([]error, 3)
	_ = d.SendAll(t.Context(), reqs, servers, errs)
	_, errs[2] = d.Send(t.Context(), reqs[0])
	for _, err := range errs {
		if !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "allow the user to insert") {
			t.Errorf("without the right to insert: %v", err)
		}
	}
	s = mongotest.Start(t, mongotest.Deny("aggregate"))
	d = mongodriver.New(connect(t, s.Addr))
	defer d.Close()
	_, err := emitter.New(d).Servers(t.Context())
	if errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "find and changeStream") {
		t.Errorf("without the right to open a change stream: %v", err)
	}
}
