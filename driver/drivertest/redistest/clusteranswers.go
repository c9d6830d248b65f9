package redistest

import (
	"errors"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// questionOn returns a question of a namespace whose channel of answers is on a
// node of the cluster.
func (c *Cluster) questionOn(t testing.TB, node int, namespace string) *question {
	t.Helper()
	for range 1000 {
		if q := newQuestion(namespace, protocol.NewNodeID()); c.Owner(t, q.channel()) == node {
			return q
		}
	}
	t.Fatalf("no channel of answers is on node %d", node)
	return nil
}

func clusterAnswers(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d := listener(t, newDriver, Setting{Addrs: c.Addrs()})
	for from := range c.Nodes {
		ns := c.namespaceOn(t, from)
		id := serve(t, c, ns, true)
		for range 3 {
			servers, err := emitter.New(d).Of(ns).Servers(limit(t))
			if err != nil || len(servers) != 1 || servers[0].ID != id {
				t.Errorf("a question to node %d is answered: %v, %v", from, servers, err)
			}
		}
		b := emitter.NewBatch(d, emitter.Window(2))
		for i := range 5 {
			if err := emitter.New(b).Of(ns).Emit(limit(t), "event", i); err != nil {
				t.Errorf("a window on node %d is probed: %v", from, err)
			}
		}
		if err := b.Flush(limit(t)); err != nil {
			t.Errorf("a window on node %d is probed: %v", from, err)
		}
		for to := range c.Nodes { // more than one channel on each node, in other slots
			q := c.questionOn(t, to, ns)
			q.listen(t, d)
			q.answered(t, c, 1)
		}
	}
}

// answered answers q and waits for it.
func (q *question) answered(t testing.TB, c *Cluster, n int) {
	t.Helper()
	if got := c.Answer(t, q.channel(), q.response()); got != 1 {
		t.Errorf("the channel of answers is subscribed once, on the node that has its slot: %d", got)
	}
	q.mustGet(t, n)
}

func movedAnswers(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d := listener(t, newDriver, Setting{Addrs: c.Addrs()})
	q, stays := c.questionOn(t, 0, "/"), c.questionOn(t, 0, "/other")
	q.listen(t, d)
	stays.listen(t, d)
	for i, node := range []int{1, 2, 0} {
		c.MoveSlot(t, q.channel(), node)
		q.untilAnswered(t, d, func(data []byte) { c.Answer(t, q.channel(), data) })
		q.answered(t, c, q.answers()+1)
		stays.answered(t, c, i+1)
	}
	fresh := c.questionOn(t, 0, "/fresh") // the client does not know yet where it is
	c.MoveSlot(t, fresh.channel(), 2)
	fresh.listen(t, d)
	fresh.answered(t, c, 1)
}

func restartedNode(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d := listener(t, newDriver, Setting{Addrs: c.Addrs()})
	q, other := c.questionOn(t, 0, "/"), c.questionOn(t, 1, "/")
	q.listen(t, d)
	other.listen(t, d)
	c.Nodes[0].Kill()
	c.Nodes[0].Restart(t)
	q.untilAnswered(t, d, func(data []byte) { c.answer(q.channel(), true, data) })
	other.untilAnswered(t, d, func(data []byte) { c.answer(other.channel(), true, data) })
}

func classicCantAsk(t *testing.T, newDriver Maker) {
	c := StartCluster(t)
	d := listener(t, newDriver, Setting{Addrs: c.Addrs(), Classic: true})
	q := newQuestion("/", protocol.NewNodeID())
	_, err := d.Listen(limit(t), q.req, q.sink)
	mustSay(t, err, true, "Classic")
	if !errors.Is(err, emitter.ErrUnsupported) {
		t.Errorf("servers can't be counted by PUBLISH on a cluster: %v", err)
	}
}
