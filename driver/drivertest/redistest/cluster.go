package redistest

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const slots = 16384

// Cluster is a Redis Cluster of three masters without replicas.
type Cluster struct {
	Nodes []*Server
	ids   []string
}

// StartCluster starts a cluster and waits until every node says that it is whole.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{}
	for range 3 {
		_, bus, _ := net.SplitHostPort(freeAddr(t))
		s := Start(t, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000")
		c.Nodes = append(c.Nodes, s)
		c.ids = append(c.ids, string(s.Do(t, "CLUSTER", "MYID").([]byte)))
	}
	for i, s := range c.Nodes {
		from, to := i*slots/3, (i+1)*slots/3-1
		s.Do(t, "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(from), strconv.Itoa(to))
		s.Do(t, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
	}
	for _, s := range c.Nodes[1:] {
		host, port, _ := net.SplitHostPort(s.Addr)
		bus := s.args[slices.Index(s.args, "--cluster-port")+1]
		c.Nodes[0].Do(t, "CLUSTER", "MEET", host, port, bus)
	}
	c.wait(t, "to be whole", func(s *Server) bool {
		info := s.Do(t, "CLUSTER", "INFO").([]byte)
		return bytes.Contains(info, []byte("cluster_state:ok")) && bytes.Contains(info, []byte("cluster_known_nodes:3"))
	})
	return c
}

// Addrs returns the addresses of all nodes.
func (c *Cluster) Addrs() []string {
	var addrs []string
	for _, s := range c.Nodes {
		addrs = append(addrs, s.Addr)
	}
	return addrs
}

// wait polls every node until done is true for each.
func (c *Cluster) wait(t testing.TB, what string, done func(*Server) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if !slices.ContainsFunc(c.Nodes, func(s *Server) bool { return !done(s) }) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s for the cluster %s", what)
		}
	}
}

// Slot returns the slot of a channel.
func (c *Cluster) Slot(t testing.TB, channel string) int {
	t.Helper()
	return int(c.Nodes[0].Do(t, "CLUSTER", "KEYSLOT", channel).(int64))
}

// Owner returns the index of the node that has the slot of a channel, as that node
// itself says: what the others say may be old.
func (c *Cluster) Owner(t testing.TB, channel string) int {
	t.Helper()
	slot := c.Slot(t, channel)
	for i, s := range c.Nodes {
		nodes := string(s.Do(t, "CLUSTER", "NODES").([]byte))
		for _, line := range strings.Split(nodes, "\n") {
			if strings.HasPrefix(line, c.ids[i]) && hasSlot(line, slot) {
				return i
			}
		}
	}
	t.Fatalf("no node has slot %d of %q", slot, channel)
	return -1
}

// hasSlot reads a line of CLUSTER NODES: eight fields, then spans of slots.
func hasSlot(line string, slot int) bool {
	fields := strings.Fields(line)
	for i := 8; i < len(fields); i++ {
		from, to, ok := strings.Cut(fields[i], "-")
		if !ok {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA == nil && errB == nil && a <= slot && slot <= b {
			return true
		}
	}
	return false
}

// MoveSlot gives the slot of a channel to another node, with the steps of a
// migration. The node that had it ends its subscriptions to the channel. It returns
// once all nodes know: until then a second one may still claim the slot.
func (c *Cluster) MoveSlot(t testing.TB, channel string, to int) {
	t.Helper()
	slot, from := strconv.Itoa(c.Slot(t, channel)), c.Owner(t, channel)
	if from == to {
		return
	}
	c.Nodes[to].Do(t, "CLUSTER", "SETSLOT", slot, "IMPORTING", c.ids[from])
	c.Nodes[from].Do(t, "CLUSTER", "SETSLOT", slot, "MIGRATING", c.ids[to])
	c.Nodes[to].Do(t, "CLUSTER", "SETSLOT", slot, "NODE", c.ids[to])
	c.Nodes[from].Do(t, "CLUSTER", "SETSLOT", slot, "NODE", c.ids[to])
	for deadline := time.Now().Add(20 * time.Second); !c.agree(t, channel, to); {
		if time.Now().After(deadline) {
			t.Fatalf("the nodes do not agree that node %d has slot %s", to, slot)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// agree tells whether every node says that the slot of a channel is owner's alone.
func (c *Cluster) agree(t testing.TB, channel string, owner int) bool {
	t.Helper()
	slot := c.Slot(t, channel)
	for _, s := range c.Nodes {
		nodes := string(s.Do(t, "CLUSTER", "NODES").([]byte))
		for _, line := range strings.Split(nodes, "\n") {
			if line != "" && hasSlot(line, slot) != strings.HasPrefix(line, c.ids[owner]) {
				return false
			}
		}
	}
	return true
}

// Watch subscribes to a channel by SSUBSCRIBE on the node that has its slot.
func (c *Cluster) Watch(t testing.TB, channel string) <-chan []byte {
	t.Helper()
	return Watch(t, c.Nodes[c.Owner(t, channel)].Addr, channel, true)
}

func (c *Cluster) String() string { return fmt.Sprint(c.Addrs()) }

// stopper tells goroutines that the load is over.
type stopper chan struct{}

func newStop() stopper { return make(stopper) }

func (s stopper) stop() { close(s) }

func (s stopper) stopped() bool {
	select {
	case <-s:
		return true
	default:
		return false
	}
}
