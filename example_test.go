//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// A program's own test looks at what it would have sent, without any server.
func Example() {
	ctx := context.Background()
	sent := emittertest.NewRecorder() // in production: redisdriver.New(client)
	io := emitter.New(sent)

	type Story struct {
		Title string `json:"title"`
		Cover []byte `json:"cover"`
	}
	if err := io.To("news").Except("muted").Emit(ctx, "headline", Story{"Rain", []byte{0xca, 0xfe}}); err != nil {
		fmt.Println(err)
	}
	if err := io.Of("/admin").Join(ctx, "ops"); err != nil {
		fmt.Println(err)
	}

	for _, req := range sent.Requests() {
		fmt.Println(req.Type, req.Namespace, req.Opts.Rooms, req.Opts.Except, req.Rooms)
		fmt.Printf("%s % x\n", req.Packet.Data.Data, req.Packet.Data.Attachments)
	}
	// Output:
	// broadcast / [news] [muted] []
	// ["headline",{"title":"Rain","cover":{"_placeholder":true,"num":0}}] [ca fe]
	// join /admin [] [] [ops]
	//  []
}

// An Emitter is a value: each call returns a new one, and none of them changes.
func ExampleEmitter_To() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	ann := cluster.Connect(0, "/", "news")
	bob := cluster.Connect(1, "/", "news", "sport")

	news := emitter.New(cluster).To("news")
	err := errors.Join(
		news.Emit(ctx, "all"),
		news.Except("sport").Emit(ctx, "without sport"),
		news.ExceptSocket(ann.ID).Emit(ctx, "without ann"),
		news.ToServer(ann.Server).Emit(ctx, "first server"),
		news.Emit(ctx, "all again"),
	)
	fmt.Println(err)
	fmt.Println("ann", ann.Received())
	fmt.Println("bob", bob.Received())
	// Output:
	// <nil>
	// ann [{all []} {without sport []} {first server []} {all again []}]
	// bob [{all []} {without ann []} {all again []}]
}

// Any function that publishes bytes on a channel is a driver.
func ExamplePublishFunc() {
	publish := func(_ context.Context, channel string, data []byte) error {
		req, err := protocol.DecodeRequest(data)
		if err != nil {
			return err
		}
		fmt.Printf("PUBLISH %s: %s to %v\n", channel, req.Type, req.Opts.Rooms)
		return nil
	}
	io := emitter.New(emitter.PublishFunc(publish))
	if err := io.Of("/shop").To("basket:7").Emit(context.Background(), "paid", 12.50); err != nil {
		fmt.Println(err)
	}
	// Output: PUBLISH socket.io-request#/shop#: broadcast to [basket:7]
}

// What goes to many rooms, each with a request of its own, is encoded once.
func ExampleEmitter_Prepare() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	ann := cluster.Connect(0, "/", "user:1")
	bob := cluster.Connect(1, "/", "user:2")

	io := emitter.New(cluster)
	closing, err := io.Prepare("closing", "in 5 minutes")
	if err != nil {
		fmt.Println(err)
		return
	}
	for id := range 3 {
		if err := io.To(fmt.Sprint("user:", id)).EmitPrepared(ctx, closing); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(ann.Received(), bob.Received())
	// Output: [{closing [in 5 minutes]}] [{closing [in 5 minutes]}]
}

// Without this option it is no error that nobody listens.
func ExampleRequireServers() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	fmt.Println(emitter.New(cluster).Of("/chta").Emit(ctx, "hello"))

	io := emitter.New(cluster, emitter.RequireServers())
	err := io.Of("/chta").Emit(ctx, "hello")
	fmt.Println(errors.Is(err, emitter.ErrNoServers))
	fmt.Println(err)
	fmt.Println(io.Emit(ctx, "hello"))
	// Output:
	// <nil>
	// true
	// emitter: emit "hello" to /chta: no server listens: prefix "socket.io", namespace "/chta"
	// <nil>
}

// Old servers deliver once for each room that a socket is in: here each request
// leaves out the rooms before it.
func ExampleOncePerSocket() {
	sent := emittertest.NewRecorder()
	io := emitter.New(sent, emitter.OncePerSocket())
	if err := io.To("news", "sport").Emit(context.Background(), "headline", "rain"); err != nil {
		fmt.Println(err)
	}
	for _, req := range sent.Requests() {
		fmt.Println("to", req.Opts.Rooms, "except", req.Opts.Except)
	}
	// Output:
	// to [news] except []
	// to [sport] except [news]
}

// A value that JSON can't express is named by its place.
func ExampleArgumentError() {
	io := emitter.New(emittertest.NewRecorder())
	order := map[string]any{"items": []any{1, func() {}}}
	err := io.Emit(context.Background(), "order", "A7", order)

	var bad *emitter.ArgumentError
	if errors.As(err, &bad) {
		fmt.Println("argument", bad.Index, "at", bad.Path)
	}
	fmt.Println(err)
	// Output:
	// argument 1 at .items[1]
	// emitter: emit "order" to /: argument 1 (.items[1]): a func() can't be sent: leave it out with the tag `json:"-"`, or give it a MarshalJSON
}

// An event is sent again only where it can't arrive twice.
func ExampleSafeToRetry() {
	ctx := context.Background()
	refused := emitter.PublishFunc(func(context.Context, string, []byte) error {
		return emitter.NotSent(errors.New("connection refused"))
	})
	broken := emitter.PublishFunc(func(context.Context, string, []byte) error {
		return errors.New("connection reset by peer")
	})
	for _, driver := range []emitter.Driver{refused, broken} {
		err := emitter.New(driver).Emit(ctx, "hello")
		fmt.Println(err, "- send again:", emitter.SafeToRetry(err))
	}
	// Output:
	// emitter: emit "hello" to /: connection refused - send again: true
	// emitter: emit "hello" to /: connection reset by peer - send again: false
}
