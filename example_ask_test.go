//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
)

// office is a cluster of two servers with three users; answer says what each of
// them answers.
func office(answer func(name string) func(event string, args []any) []any) (*emittertest.Cluster, map[string]string) {
	cluster := emittertest.NewCluster(2)
	names := map[string]string{} // by socket id
	for server, users := range [][]string{{"ann", "cid"}, {"bob"}} {
		for _, name := range users {
			s := cluster.Connect(server, "/", "users", "user:"+name)
			names[s.ID] = name
			if answer != nil {
				s.OnAck(answer(name))
			}
		}
	}
	return cluster, names
}

// Every selected socket answers, and the answers come as a stream.
func ExampleEmitter_EmitWithAck() {
	cluster, names := office(func(name string) func(string, []any) []any {
		return func(_ string, args []any) []any { return []any{name != "bob", args[0]} }
	})
	io := emitter.New(cluster)

	acks, err := io.To("users").EmitWithAck(context.Background(), "lunch?", "12:30")
	if err != nil {
		fmt.Println(err)
		return
	}
	var answers []string
	for ack, err := range acks.All() {
		if err != nil { // not all answers came
			fmt.Println(err)
			break
		}
		var yes bool
		var at string
		if err := ack.Decode(&yes, &at); err != nil { // this socket's own error
			fmt.Println(err)
			continue
		}
		answers = append(answers, fmt.Sprintf("%s: %t at %s", names[ack.Socket], yes, at))
	}
	slices.Sort(answers) // they come in any order
	fmt.Println(strings.Join(answers, "\n"))
	fmt.Println(acks.Received(), "of", acks.Expected())
	// Output:
	// ann: true at 12:30
	// bob: false at 12:30
	// cid: true at 12:30
	// 3 of 3
}

// A client that does not answer has an error of its own, and keeps nobody waiting
// for longer than Timeout.
func ExampleEmitter_Timeout() {
	cluster, names := office(nil) // nobody ever answers
	io := emitter.New(cluster)

	acks, err := io.To("user:bob").Timeout(20*time.Millisecond).EmitWithAck(context.Background(), "lunch?")
	if err != nil {
		fmt.Println(err)
		return
	}
	for ack, err := range acks.All() {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Printf("%s: %v, %t\n", names[ack.Socket], ack.Err, errors.Is(ack.Err, emitter.ErrAckTimeout))
	}
	// Output: bob: the client did not answer in time, true
}

// One question to one socket: First is its answer.
func ExampleAckArg() {
	ctx := context.Background()
	cluster, _ := office(func(name string) func(string, []any) []any {
		return func(string, []any) []any { return []any{map[string]any{"name": name, "age": 42}} }
	})
	io := emitter.New(cluster)

	acks, err := io.To("user:ann").EmitWithAck(ctx, "profile?")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer acks.Close()
	ack, err := acks.First()
	if err != nil {
		fmt.Println(err)
		return
	}
	type Profile struct {
		Name string `json:"name"`
		Age  int    `json:"age"`
	}
	profile, err := emitter.AckArg[Profile](ack)
	fmt.Println(profile, err)
	// Output: {ann 42} <nil>
}

// Who is there, and on which server?
func ExampleEmitter_Sockets() {
	cluster, names := office(nil)
	servers := cluster.Servers()

	sockets, err := emitter.New(cluster).To("users").Sockets(context.Background())
	var list []string
	for _, s := range sockets {
		list = append(list, fmt.Sprint(names[s.ID], " on server ", slices.Index(servers, s.Server)))
	}
	slices.Sort(list) // Sockets orders them by id
	fmt.Println(strings.Join(list, ", "), err)
	// Output: ann on server 0, bob on server 1, cid on server 0 <nil>
}

func ExampleEmitter_Rooms() {
	ctx := context.Background()
	cluster, _ := office(nil)
	io := emitter.New(cluster)
	fmt.Println(io.Rooms(ctx))
	fmt.Println(io.To("user:bob").Rooms(ctx)) // those of bob
	// Output:
	// [user:ann user:bob user:cid users] <nil>
	// [user:bob users] <nil>
}

// Which servers serve the namespace? It is also a test of whether the way there
// and back works.
func ExampleEmitter_Servers() {
	ctx := context.Background()
	cluster, _ := office(nil)
	io := emitter.New(cluster)

	servers, err := io.Servers(ctx)
	fmt.Println(len(servers), "servers,", err)
	for _, s := range servers {
		if s.RTT > time.Second {
			fmt.Println(s.ID, "is slow")
		}
	}
	_, err = io.Of("/chta").Servers(ctx)
	fmt.Println(err)
	// Output:
	// 2 servers, <nil>
	// emitter: list servers in /chta: no server listens: prefix "socket.io", namespace "/chta"
}

// The channel of one server and that of all keep no order between them. Sync
// returns when every server has handled all that was sent before, by any of them.
func ExampleEmitter_Sync() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	ann := cluster.Connect(0, "/")
	io := emitter.New(cluster)
	err := errors.Join(
		io.ToServer(ann.Server).Join(ctx, "board"), // by that server's own channel
		io.Sync(ctx),
		io.To("board").Emit(ctx, "minutes", "ready"), // by that of all
	)
	fmt.Println(ann.Received(), err)
	// Output: [{minutes [ready]}] <nil>
}

// What Sockets finds is used directly: its operations go to its own server only.
func ExampleSocket_Join() {
	ctx := context.Background()
	cluster, names := office(nil)
	io := emitter.New(cluster)

	sockets, err := io.To("users").Sockets(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range sockets {
		if names[s.ID] == "bob" {
			continue
		}
		if err := errors.Join(s.Join(ctx, "board"), s.Emit(ctx, "welcome", "board")); err != nil {
			fmt.Println(err)
		}
	}
	if err := io.Sync(ctx); err != nil { // before all servers are asked
		fmt.Println(err)
	}
	board, err := io.To("board").Sockets(ctx)
	fmt.Println(len(board), "on the board,", err)
	// Output: 2 on the board, <nil>
}

// By its id alone, a socket's server is asked for first: every other server would
// keep the room for ever.
func ExampleEmitter_Join() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	ann := cluster.Connect(0, "/")
	io := emitter.New(cluster)

	fmt.Println(io.ToSocket(ann.ID).Join(ctx, "vip"))
	for _, server := range cluster.Servers() {
		fmt.Println(io.ToServer(server).Rooms(ctx))
	}
	ann.Disconnect()
	err := io.ToSocket(ann.ID).Join(ctx, "gold")
	fmt.Println(errors.Is(err, emitter.ErrSocketClosed))
	// Output:
	// <nil>
	// [vip] <nil>
	// [] <nil>
	// true
}

// A batch keeps requests of any kind, and sends them together.
func ExampleBatch() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	ann := cluster.Connect(0, "/", "news")

	batch := emitter.NewBatch(cluster)
	io := emitter.New(cluster).Via(batch)
	err := errors.Join(
		io.To("news").Join(ctx, "vip"),
		io.To("vip").Emit(ctx, "welcome"),
		io.To("vip").Emit(ctx, "headline", "rain"),
	)
	fmt.Println(batch.Len(), "kept,", len(ann.Received()), "received,", err)
	err = batch.Flush(ctx)
	fmt.Println(batch.Len(), "kept,", len(ann.Received()), "received,", err)
	// Output:
	// 3 kept, 0 received, <nil>
	// 0 kept, 2 received, <nil>
}

// Servers and clients hold only so much. With Acked a loop of any length sends no
// faster than the clients take it: the last event of each window is a question.
func ExampleAcked() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	ann := cluster.Connect(0, "/", "prices")
	ann.OnAck(func(string, []any) []any { return nil }) // a client that acknowledges

	batch := emitter.NewBatch(cluster, emitter.Acked())
	prices := emitter.New(cluster).Via(batch).To("prices")
	for i := range 1000 {
		if err := prices.Emit(ctx, "price", i); err != nil { // sends whenever a window is full
			fmt.Println(err)
		}
	}
	err := batch.Flush(ctx)
	fmt.Println(len(ann.Received()), "received,", err)
	// Output: 1000 received, <nil>
}

// What a Flush could not send stays in the batch when it is safe to send again, and
// is otherwise named by the error, by its place.
func ExampleBatchError() {
	ctx := context.Background()
	down := true
	driver := emitter.PublishFunc(func(context.Context, string, []byte) error {
		if down {
			return emitter.NotSent(errors.New("connection refused"))
		}
		return nil
	})
	batch := emitter.NewBatch(driver)
	io := emitter.New(driver).Via(batch)
	for i := range 3 {
		if err := io.Emit(ctx, "tick", i); err != nil {
			fmt.Println(err)
		}
	}

	err := batch.Flush(ctx)
	var failed *emitter.BatchError
	if errors.As(err, &failed) {
		fmt.Println(failed.Sent, "sent,", len(failed.Failed), "given up,", batch.Len(), "kept")
	}
	down = false
	err = batch.Flush(ctx)
	fmt.Println(batch.Len(), "kept,", err)
	// Output:
	// 0 sent, 0 given up, 3 kept
	// 0 kept, <nil>
}
