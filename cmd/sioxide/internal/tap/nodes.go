package tap

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
)

// Nodes returns the nodes that the channels of the namespaces live on, each once,
// and of a single Redis itself: those of all servers, and those of each server that
// answers.
func Nodes(ctx context.Context, client redis.UniversalClient, io emitter.Emitter, prefix string, namespaces []string) ([]*redis.Client, error) {
	switch c := client.(type) {
	case *redis.Client:
		return []*redis.Client{c}, nil
	case *redis.ClusterClient:
		return clusterNodes(ctx, c, io, prefix, namespaces)
	}
	return nil, fmt.Errorf("MONITOR through a %T is not known", client)
}

func clusterNodes(ctx context.Context, client *redis.ClusterClient, io emitter.Emitter, prefix string, namespaces []string) ([]*redis.Client, error) {
	var channels []string
	for _, ns := range namespaces {
		channels = append(channels, emitter.RequestChannel(prefix, ns, ""))
		servers, _ := io.Of(ns).Servers(ctx) // those that do not answer have no channel
		for _, s := range servers {
			channels = append(channels, emitter.RequestChannel(prefix, ns, s.ID))
		}
	}
	var nodes []*redis.Client
	seen := make(map[string]bool)
	for _, channel := range channels {
		node, err := client.MasterForKey(ctx, channel)
		if err != nil {
			return nil, fmt.Errorf("find the node of channel %s: %w", channel, err)
		}
		if addr := node.Options().Addr; !seen[addr] {
			seen[addr] = true
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}
