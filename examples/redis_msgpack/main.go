// Redis with the msgpack parser: a camera's picture goes to those who watch it.
//
// Choose this if, and only if, your servers were built with the msgpack parser: a
// cluster has one parser, and the wrong one harms it. It carries binaries and
// numbers more compactly.
//
//	REDIS_URL=redis://127.0.0.1:6379 PREFIX=socket.io go run ./redis_msgpack
package main

import (
	"cmp"
	"context"
	"log"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// Picture is one frame. The clients get the pixels as a binary, not as text.
type Picture struct {
	Camera string `json:"camera"`
	Width  int    `json:"width"`
	Pixels []byte `json:"pixels"`
}

func main() {
	url := cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379")
	if err := show(url, cmp.Or(os.Getenv("PREFIX"), "socket.io")); err != nil {
		log.Fatal(err)
	}
}

func show(url, prefix string) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	io := emitter.NewMsgpack(redisdriver.New(client), emitter.WithPrefix(prefix))
	picture := Picture{Camera: "harbour", Width: 2, Pixels: []byte{0, 128, 255, 64}}
	// Volatile: a client that is still busy with the last picture may miss this one.
	return io.To("news").Volatile().Emit(ctx, "picture", picture)
}
