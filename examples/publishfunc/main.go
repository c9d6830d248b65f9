// PublishFunc: a driver of one's own in ten lines, here on redigo. A moderator
// throws a user out, on all devices.
//
// Choose this if your program already has a Redis client for which there is no
// driver. It can't count servers, so RequireServers won't work with it.
//
//	REDIS_URL=redis://127.0.0.1:6379 go run ./publishfunc
package main

import (
	"cmp"
	"context"
	"log"
	"os"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/sioxide/emitter"
)

// driver makes a Driver of a pool. The bytes are written before Do returns, and
// not kept.
func driver(pool *redis.Pool) emitter.PublishFunc {
	return func(ctx context.Context, channel string, data []byte) error {
		conn, err := pool.GetContext(ctx)
		if err != nil {
			return emitter.NotSent(err)
		}
		defer func() { _ = conn.Close() }()
		_, err = redis.DoContext(conn, ctx, "PUBLISH", channel, data)
		return err
	}
}

func main() {
	if err := throwOut(cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379")); err != nil {
		log.Fatal(err)
	}
}

func throwOut(url string) error {
	pool := &redis.Pool{DialContext: func(ctx context.Context) (redis.Conn, error) { return redis.DialURLContext(ctx, url) }}
	defer func() { _ = pool.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	user := emitter.New(driver(pool)).To("user:42") // a room that the servers put each user's sockets in
	if err := user.Emit(ctx, "banned", "for spam"); err != nil {
		return err
	}
	return user.Disconnect(ctx)
}
