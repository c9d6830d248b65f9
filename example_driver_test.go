//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// logging is a driver around another one.
type logging struct{ next emitter.Driver }

func (l logging) Send(ctx context.Context, req *protocol.Request) (int, error) {
	servers, err := l.next.Send(ctx, req)
	fmt.Printf("%s in %s to %v: %d servers, %v\n", req.Type, req.Namespace, req.Opts.Rooms, servers, err)
	return servers, err
}

// Unwrap lets the emitter find what next can do besides: here, to bring answers.
func (l logging) Unwrap() emitter.Driver { return l.next }

// A driver of your own around another one sees every request.
func ExampleDriver() {
	ctx := context.Background()
	cluster := emittertest.NewCluster(2)
	cluster.Connect(0, "/", "news")

	io := emitter.New(logging{cluster})
	if err := io.To("news").Emit(ctx, "headline", "rain"); err != nil {
		fmt.Println(err)
	}
	sockets, err := io.To("news").Sockets(ctx)
	fmt.Println(len(sockets), "socket,", err)
	// Output:
	// broadcast in / to [news]: 2 servers, <nil>
	// sockets in / to [news]: 2 servers, <nil>
	// 1 socket, <nil>
}
