package redischeck

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// node is one Redis server.
type node struct {
	addr       string
	client     *redis.Client
	version    string    // "": not known
	mode       string    // standalone, cluster or sentinel
	role       string    // master or slave
	started    time.Time // zero: not known
	hasSharded bool      // it has SPUBLISH
}

// lookAtNodes is false when the URL does not fit what it reaches, so that to look
// further would tell nothing.
func (l *looker) lookAtNodes(ctx context.Context) bool {
	ctx, cancel := l.step(ctx)
	defer cancel()
	if err := l.findNodes(ctx); err != nil {
		l.report.Find(connection, l.diagnose(ctx, err))
		return false
	}
	l.nodes = slices.DeleteFunc(l.nodes, func(n *node) bool {
		err := n.ask(ctx)
		if err != nil {
			l.report.Skip(version, "%s: %s", n.addr, l.why(err))
		}
		return err != nil && replyOf(err) == "" && l.target.IsCluster() // it is gone, which the others know
	})
	if len(l.nodes) == 0 {
		l.report.Find(connection, l.diagnose(ctx, context.DeadlineExceeded))
		return false
	}
	if !l.judgeMode() {
		return false
	}
	l.judgeVersion()
	return true
}

// findNodes lists the server, or every node of a cluster, replicas too: subscribers
// may be on any.
func (l *looker) findNodes(ctx context.Context) error {
	switch c := l.client.(type) {
	case *redis.ClusterClient:
		var mu sync.Mutex
		err := c.ForEachShard(ctx, func(_ context.Context, shard *redis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			l.nodes = append(l.nodes, &node{addr: shard.Options().Addr, client: shard})
			return nil
		})
		slices.SortFunc(l.nodes, func(a, b *node) int { return strings.Compare(a.addr, b.addr) })
		return err
	case *redis.Client:
		l.nodes = []*node{{addr: l.where(), client: c}}
	}
	return nil
}

// ask reads INFO, or where that is not allowed HELLO, and whether there is SPUBLISH.
func (n *node) ask(ctx context.Context) error {
	err := n.askInfo(ctx)
	if isDenied(err) {
		if reply, helloErr := n.client.Do(ctx, "HELLO").Result(); helloErr == nil {
			n.takeHello(reply)
			err = nil
		}
	}
	n.hasSharded = n.version == "" || major(n.version) >= 7
	if commands, infoErr := n.client.Do(ctx, "COMMAND", "INFO", "spublish").Slice(); infoErr == nil && len(commands) == 1 {
		n.hasSharded = commands[0] != nil
	}
	return err
}

func (n *node) askInfo(ctx context.Context) error {
	for _, section := range []string{"server", "replication"} {
		text, err := n.client.Info(ctx, section).Result()
		if err != nil {
			return err
		}
		fields := fieldsOf(text)
		n.version = cmp.Or(fields["redis_version"], n.version)
		n.mode = cmp.Or(fields["redis_mode"], n.mode)
		n.role = cmp.Or(fields["role"], n.role)
		if seconds, err := strconv.Atoi(fields["uptime_in_seconds"]); err == nil {
			n.started = time.Now().Add(-time.Duration(seconds) * time.Second)
		}
	}
	return nil
}

// fieldsOf reads the lines "name:value" of INFO.
func fieldsOf(text string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// takeHello reads the reply of HELLO, a map with RESP3 and a list with RESP2.
func (n *node) takeHello(reply any) {
	take := func(name, value any) {
		text, _ := value.(string)
		switch name {
		case "version":
			n.version = text
		case "mode":
			n.mode = text
		case "role":
			n.role = strings.ReplaceAll(text, "replica", "slave")
		}
	}
	switch reply := reply.(type) {
	case map[any]any:
		for name, value := range reply {
			take(name, value)
		}
	case []any:
		for pair := range slices.Chunk(reply, 2) {
			take(pair[0], pair[len(pair)-1])
		}
	}
}

func major(version string) int {
	head, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(head)
	return n
}

// judgeMode finds a URL of another kind than what it reaches.
func (l *looker) judgeMode() bool {
	n := l.nodes[0]
	switch {
	case n.mode == "sentinel":
		l.report.Find(connection, report.Finding{
			Code: report.RedisIsSentinel,
			Says: fmt.Sprintf("A Sentinel answers at %s, which knows where Redis is and carries no messages.", n.addr),
			Do:   "Write redis+sentinel://host:port/NAME with the name of the master.",
		})
		return false
	case n.mode == "cluster" && !l.target.IsCluster():
		l.report.Find(connection, report.Finding{
			Code: report.RedisIsCluster,
			Says: fmt.Sprintf("A node of a Redis Cluster answers at %s, and the URL is of a single Redis: most channels are on other nodes.", n.addr),
			Do:   "Write redis+cluster in place of redis.",
		})
		return false
	case n.role == "slave" && !l.target.IsCluster():
		l.report.Find(connection, report.Finding{
			Code: report.RedisReplica,
			Says: fmt.Sprintf("Redis at %s is a replica: what is published there does not reach servers on the master.", n.addr),
			Do:   "Give the address of the master, or Sentinels that know it (redis+sentinel).",
		})
	}
	return true
}

func (l *looker) judgeVersion() {
	var seen, old []string
	for _, n := range l.nodes {
		if n.version != "" && !slices.Contains(seen, n.version) {
			seen = append(seen, n.version)
		}
		if !n.hasSharded {
			old = append(old, n.addr)
		}
	}
	versions := strings.Join(seen, ", ")
	if l.target.Sharded && len(old) > 0 {
		l.report.Find(version, report.Finding{
			Code:    report.RedisTooOld,
			Says:    strings.TrimSpace("Redis "+versions) + " has no sharded pub/sub, and the URL asks for it.",
			Do:      "Use Redis 7.0 or later; or, if the servers use the redis driver on a single Redis, leave out sharded=true.",
			Details: []string{"without SPUBLISH: " + strings.Join(old, ", ")},
		})
	}
	if versions != "" {
		l.report.Pass(version, "Redis %s, nodes: %d, %s pub/sub", versions, len(l.nodes), kindName(l.target.Sharded))
	}
}

// lookAtDatabase finds a database number, which pub/sub does not know.
func (l *looker) lookAtDatabase() {
	if l.target.IsCluster() {
		return
	}
	if l.target.Database == "" || l.target.Database == "0" {
		l.report.Pass(database, "the URL names none")
		return
	}
	l.report.Find(database, report.Finding{
		Code: report.RedisDatabase, Severity: report.Warning,
		Says: fmt.Sprintf("The URL names database %s, and pub/sub is the same in all databases of a Redis: clusters of one prefix hear each other whatever their numbers are.", l.target.Database),
		Do:   "Tell clusters apart by their prefix, or by a Redis of their own, and leave the number out.",
	})
}
