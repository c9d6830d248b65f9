// Realdemo serves the demo's page on real servers: two of socketioxide for each parser,
// on a redis-server of their own. conformance/setup.sh builds and
// installs them.
//
//	make demo REAL=1
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/redisnode"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/examples/demo/loopback"
	"github.com/sioxide/emitter/examples/demo/page"
)

func main() {
	port := flag.Int("port", 0, "the page's port of 127.0.0.1; 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *port)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "realdemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, port int) (err error) {
	listener, err := loopback.Listen(ctx, port)
	if err != nil {
		return err
	}
	defer listener.Close()
	node, err := redisnode.StartStandalone()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, node.Stop()) }()
	scene := page.Scene{Real: true, Redis: "redis://" + node.Addrs[0]}
	servers, err := startServers(node.Addrs[0], &scene)
	defer func() {
		for _, s := range servers {
			s.Stop()
		}
	}()
	if err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Addr: node.Addrs[0]})
	defer func() { err = errors.Join(err, client.Close()) }()
	driver := redisdriver.New(client)
	defer func() { err = errors.Join(err, driver.Close()) }()
	served, err := page.Start(ctx, listener, page.Config{Scene: scene, Client: client, Driver: driver})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, served.Close()) }()
	fmt.Fprintf(out, "Redis     %s\nThe page: %s\n", scene.Redis, served.URL)
	<-ctx.Done()
	return nil
}

// startServers starts two servers for each parser and enters them into scene.
func startServers(redis string, scene *page.Scene) ([]*rustserver.Server, error) {
	var servers []*rustserver.Server
	letter := 'A'
	for _, cluster := range []page.Cluster{{Parser: "common", Prefix: emitter.DefaultPrefix}, {Parser: "msgpack", Prefix: "msgpack"}} {
		for range 2 {
			server, err := rustserver.Start(rustserver.Config{
				Set: rustserver.Current, Driver: rustserver.Redis, URLs: []string{"redis://" + redis + "?protocol=resp3"},
				Prefixes: []string{cluster.Prefix}, Parser: cluster.Parser,
			})
			if err != nil {
				return servers, err
			}
			servers = append(servers, server)
			instance := server.Instances[0]
			cluster.Servers = append(cluster.Servers, page.Server{Letter: string(letter), ID: instance.UID, URL: instance.URL()})
			letter++
		}
		scene.Clusters = append(scene.Clusters, cluster)
	}
	return servers, nil
}
