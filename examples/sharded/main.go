// Sharded: a game's lobby closes, on a cluster that uses sharded pub/sub.
//
// Choose this for servers with socketioxide-redis's redis-cluster driver, and for
// its fred driver on any Redis: both listen to SPUBLISH only, and what is sent by
// PUBLISH reaches nobody. It needs Redis 7.
//
//	REDIS_URL=redis://127.0.0.1:6379 go run ./sharded                  fred, one Redis
//	REDIS_CLUSTER=127.0.0.1:7000,127.0.0.1:7001 go run ./sharded       a Redis Cluster
package main

import (
	"cmp"
	"context"
	"log"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
)

func main() {
	url := cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379")
	if err := closeLobby(url, os.Getenv("REDIS_CLUSTER")); err != nil {
		log.Fatal(err)
	}
}

func connect(url, cluster string) (redis.UniversalClient, error) {
	if cluster != "" {
		return redis.NewClusterClient(&redis.ClusterOptions{Addrs: strings.Split(cluster, ",")}), nil
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	return redis.NewClient(options), nil
}

func closeLobby(url, cluster string) error {
	client, err := connect(url, cluster)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	// Sharded is the default of a cluster client; for one Redis it must be said.
	lobby := emitter.New(redisdriver.New(client, redisdriver.Sharded())).Of("/game").To("lobby:7")
	if err := lobby.Emit(ctx, "closing", "The match begins."); err != nil {
		return err
	}
	return lobby.Leave(ctx, "lobby:7")
}
