package redistest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// namespaceOn returns a namespace whose channel is on a node of the cluster.
func (c *Cluster) namespaceOn(t testing.TB, node int) string {
	t.Helper()
	for i := range 1000 {
		if ns := fmt.Sprintf("/n%d", i); c.Owner(t, channelOf(ns)) == node {
			return ns
		}
	}
	t.Fatalf("no namespace is on node %d", node)
	return ""
}

func clusterSend(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d, _ := newDriver(t, Setting{Addrs: c.Addrs()})
	var (
		reqs    []*protocol.Request
		watched [3]<-chan []byte
	)
	for node := range c.Nodes {
		ns := c.namespaceOn(t, node)
		if n := mustSend(t, d, counted(ns)); n != 0 {
			t.Errorf("without a server Count gives 0: %d", n)
		}
		watched[node] = c.Watch(t, channelOf(ns))
		req := counted(ns)
		if n := mustSend(t, d, req); n != 1 {
			t.Errorf("with one server Count gives 1: %d", n)
		}
		mustArrive(t, watched[node], req)
	}
	for i := range 300 {
		req := event(c.namespaceOn(t, i%3), fmt.Sprint(i))
		req.Count = i%2 == 0
		reqs = append(reqs, req)
	}
	servers, errs := newResults(len(reqs))
	if err := d.(emitter.BulkDriver).SendAll(limit(t), reqs, servers, errs); err != nil {
		t.Fatal(err)
	}
	for i, req := range reqs {
		if servers[i] != 1 {
			t.Fatalf("SendAll counts on each node: servers[%d] = %d", i, servers[i])
		}
		mustArrive(t, watched[i%3], req)
	}
}

func newResults(n int) ([]int, []error) { return make([]int, n), make([]error, n) }

func movedSlot(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d, _ := newDriver(t, Setting{Addrs: c.Addrs()})
	ns := c.namespaceOn(t, 0)
	stays := c.namespaceOn(t, 2)
	stayed := c.Watch(t, channelOf(stays))
	mustSend(t, d, event(ns, "before")) // the client knows the slots now
	for _, node := range []int{1, 2, 0} {
		c.MoveSlot(t, channelOf(ns), node)
		got := Watch(t, c.Nodes[node].Addr, channelOf(ns), true)
		req := counted(ns)
		if n := mustSend(t, d, req); n != 1 {
			t.Errorf("servers are counted where the slot is now: %d, not 1", n)
		}
		mustArrive(t, got, req)
	}
	c.MoveSlot(t, channelOf(ns), 1)
	got := Watch(t, c.Nodes[1].Addr, channelOf(ns), true)
	var reqs []*protocol.Request
	for i := range 100 {
		reqs = append(reqs, event(ns, fmt.Sprint(i)), event(stays, fmt.Sprint(i)))
	}
	servers, errs := newResults(len(reqs))
	if err := d.(emitter.BulkDriver).SendAll(limit(t), reqs, servers, errs); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(reqs); i += 2 {
		mustArrive(t, got, reqs[i])
		mustArrive(t, stayed, reqs[i+1])
	}
}

func movedUnderLoad(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d, _ := newDriver(t, Setting{Addrs: c.Addrs()})
	ns := c.namespaceOn(t, 0)
	mustSend(t, d, event(ns, "before"))
	stop := newStop()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for !stop.stopped() {
				if _, err := d.Send(limit(t), event(ns, "load")); err != nil {
					t.Errorf("a slot that moves is no error: %v", err)
					return
				}
			}
		})
	}
	for i := range 9 {
		c.MoveSlot(t, channelOf(ns), (i+1)%3)
		mustSend(t, d, event(ns, "between"))
	}
	stop.stop()
	wg.Wait()
}

func clusterClassic(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d, _ := newDriver(t, Setting{Addrs: c.Addrs(), Classic: true})
	var watched []<-chan []byte
	for _, s := range c.Nodes {
		watched = append(watched, Watch(t, s.Addr, channelOf("/"), false))
	}
	req := event("/", "x")
	mustSend(t, d, req)
	for _, w := range watched {
		mustArrive(t, w, req)
	}
	_, err := d.Send(limit(t), counted("/"))
	mustSay(t, err, true, "Classic")
	if !errors.Is(err, emitter.ErrUnsupported) {
		t.Errorf("servers can't be counted by PUBLISH on a cluster: %v", err)
	}
}

func nodeDown(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d, _ := newDriver(t, Setting{Addrs: c.Addrs()})
	lost, whole := c.namespaceOn(t, 0), c.namespaceOn(t, 1)
	mustSend(t, d, event(lost, "up"))
	for _, s := range c.Nodes[1:] { // the others go on without it
		s.Do(t, "CONFIG", "SET", "cluster-require-full-coverage", "no")
	}
	got := c.Watch(t, channelOf(whole))
	c.Nodes[0].Kill()
	err := untilMarked(t, d, event(lost, "down"))
	mustSay(t, err, true, channelOf(lost))
	req := event(whole, "still up")
	mustSend(t, d, req)
	mustArrive(t, got, req)
	reqs := []*protocol.Request{event(lost, "1"), event(whole, "2")}
	servers, errs := newResults(2)
	err = d.(emitter.BulkDriver).SendAll(limit(t), reqs, servers, errs)
	mustSay(t, err, true, channelOf(lost))
	if errs[1] != nil {
		t.Errorf("a node that is down does not keep requests from others: %v", errs[1])
	}
	mustArrive(t, got, reqs[1])
}

func nodeAlone(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d, _ := newDriver(t, Setting{Addrs: c.Addrs()[:1], Sharded: true})
	_, err := d.Send(limit(t), event(c.namespaceOn(t, 1), "x"))
	mustSay(t, err, true, "MOVED", "node of a Redis Cluster")
}
