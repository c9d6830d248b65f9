//go:build !nocommon && !nomsgpack

package emittertest_test

import (
	"context"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
)

// invite is a part of a program that is to be tested.
func invite(ctx context.Context, io emitter.Emitter, game string) (players int, err error) {
	acks, err := io.To("lobby").EmitWithAck(ctx, "play?", game)
	if err != nil {
		return 0, err
	}
	for ack, err := range acks.All() {
		if err != nil {
			return players, err
		}
		if yes, err := emitter.AckArg[bool](ack); err != nil || !yes {
			continue
		}
		players++
		if err := io.ToServer(ack.Server).ToSocket(ack.Socket).Join(ctx, "game:"+game); err != nil {
			return players, err
		}
	}
	return players, nil
}

// Users on two servers, of whom one wants to play.
func ExampleCluster() {
	cluster := emittertest.NewCluster(2)
	ann := cluster.Connect(0, "/", "lobby")
	ann.OnAck(func(event string, args []any) []any { return []any{event == "play?" && args[0] == "chess"} })
	bob := cluster.Connect(1, "/", "lobby")
	bob.OnAck(func(string, []any) []any { return []any{false} })

	fmt.Println(invite(context.Background(), emitter.New(cluster), "chess"))
	fmt.Println("ann", ann.Rooms(), ann.Received())
	fmt.Println("bob", bob.Rooms(), bob.Received())
	// Output:
	// 1 <nil>
	// ann [game:chess lobby] [{play? [chess]}]
	// bob [lobby] [{play? [chess]}]
}

// What would the program have sent?
func ExampleRecorder() {
	sent := emittertest.NewRecorder()
	io := emitter.New(sent)
	if err := io.To("user:42").Emit(context.Background(), "paid", 12.5); err != nil {
		fmt.Println(err)
	}
	for _, req := range sent.Requests() {
		fmt.Printf("%s to %v: %s\n", req.Type, req.Opts.Rooms, req.Packet.Data.Data)
	}
	// Output: broadcast to [user:42]: ["paid",12.5]
}
