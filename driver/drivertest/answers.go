package drivertest

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
	"weak"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

func answerAtOnce(a *asking) {
	const rule = "an answer that comes as soon as Listen has returned is not missed"
	node := protocol.NewNodeID()
	for i := range 200 {
		if i%2 == 0 {
			node = protocol.NewNodeID() // a subscription of its own
		}
		q := a.ask(node)
		a.answer(q, roomName(i))
		a.mustGet(q, 1, roomName(i), rule)
		q.stop()
	}
}

func answersApart(a *asking) {
	const rule = "an answer reaches its own question only"
	node := protocol.NewNodeID()
	var questions []*asked
	for range 20 {
		questions = append(questions, a.ask(node))
	}
	other := a.ask(protocol.NewNodeID())
	for round := range 5 {
		for i, q := range questions {
			a.answer(q, roomName(i))
			a.mustGet(q, round+1, roomName(i), rule)
		}
	}
	for _, q := range questions {
		if n := len(q.take()); n != 5 {
			a.Errorf("%s: %d answers, not 5", rule, n)
		}
		q.stop()
	}
	if n := len(other.take()); n != 0 {
		a.Errorf("%s: %d came for another node", rule, n)
	}
	other.stop()
}

func strayAnswers(a *asking) {
	const rule = "what is malformed or answers no question is dropped"
	q := a.ask(protocol.NewNodeID())
	defer q.stop()
	valid := protocol.Response{Request: q.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms, Rooms: []string{"a"}}
	wire := valid.AppendAddressed(nil)
	unknown := valid
	unknown.Request = protocol.NewID()
	for i := range 100 {
		a.raw(q, unknown.AppendAddressed(nil))
		a.raw(q, wire[:len(wire)-1-i%(len(wire)-1)])
	}
	for _, b := range [][]byte{{}, {0xc1}, []byte("garbage"), {0xdd, 0xff, 0xff, 0xff, 0xff}, bytes.Repeat([]byte{0x91}, 1<<16), append(bytes.Clone(wire), 0xc0)} {
		a.raw(q, b)
	}
	a.answer(q, "last")
	a.mustGet(q, 1, "last", rule)
}

func manyQuestions(a *asking) {
	const rule = "200 questions at once get each its own answer, once"
	node := protocol.NewNodeID()
	questions := make([]*asked, 200)
	var wg sync.WaitGroup
	for i := range questions {
		questions[i] = a.question(node)
		wg.Go(func() {
			q := questions[i]
			stop, err := a.listener.Listen(a.Context(), q.Request, q.sink)
			if err != nil {
				a.Errorf("many questions may be asked at once: %v", err)
				return
			}
			q.stop = stop
		})
	}
	wg.Wait()
	if a.Failed() {
		return
	}
	for i, q := range questions {
		a.answer(q, roomName(i))
	}
	for i, q := range questions {
		a.mustGet(q, 1, roomName(i), rule)
	}
	for i, q := range questions { // all that came twice has come by the time of this one
		a.answer(q, "last")
		a.mustGet(q, 2, "last", rule+" (question "+roomName(i)+")")
		q.stop()
	}
}

func stopped(a *asking) {
	node := protocol.NewNodeID()
	q, other := a.ask(node), a.ask(node)
	defer other.stop()
	a.answer(q, "before")
	a.mustGet(q, 1, "before", "an answer arrives")
	q.stop()
	q.stop()
	a.answer(q, "after")
	a.answer(other, "other")
	a.mustGet(other, 1, "other", "stop ends no other question")
	if n := len(q.take()); n != 1 {
		a.Errorf("nothing is delivered after stop: %d came", n-1)
	}
}

func closedListener(a *asking) {
	c, ok := a.driver.(interface{ Close() error })
	if !ok {
		a.Skip("the driver has no parts of its own to close")
	}
	const rule = "Close ends every question that waits"
	node := protocol.NewNodeID()
	questions := []*asked{a.ask(node), a.ask(node), a.ask(protocol.NewNodeID())}
	stopped := a.ask(node)
	stopped.stop()
	for range 2 {
		if err := c.Close(); err != nil {
			a.Errorf("Close may be called again: %v", err)
		}
	}
	for _, q := range questions {
		if res := a.wait(q, 1, rule); res.Kind != protocol.KindClosed || res.Request != q.ID {
			a.Errorf("%s, with KindClosed: %+v", rule, res)
		}
		q.stop()
	}
	if n := len(stopped.take()); n != 0 {
		a.Errorf("Close tells no question that was stopped: %d", n)
	}
	_, err := a.listener.Listen(a.Context(), a.question(node).Request, func(protocol.Response) {})
	a.mustSayClosed(err)
	if _, err := a.emitter().Servers(a.Context()); !errors.Is(err, emitter.ErrClosed) {
		a.Errorf("a question through a closed driver is ErrClosed: %v", err)
	}
}

func requestNotKept(a *asking) {
	question := a.question(protocol.NewNodeID()).Request
	stop, err := a.listener.Listen(a.Context(), question, func(protocol.Response) {})
	if err != nil {
		a.Fatal(err)
	}
	req := weak.Make(question)
	for deadline := time.Now().Add(patience); req.Value() != nil; runtime.GC() {
		if time.Now().After(deadline) {
			a.Fatal("neither Listen nor its stop keeps the request")
		}
	}
	stop()
}

func endedListen(a *asking) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := a.listener.Listen(ctx, a.question(protocol.NewNodeID()).Request, func(protocol.Response) {})
	if !errors.Is(err, context.Canceled) || !emitter.SafeToRetry(err) {
		a.Errorf("a context that has ended gives its own error, marked by NotSent: %v", err)
	}
}

func stalledListen(a *asking) {
	a.needStall()
	node := protocol.NewNodeID()
	kept := a.ask(node)
	resume := a.harness.Stall(a)
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		_, err := a.listener.Listen(ctx, a.question(protocol.NewNodeID()).Request, func(protocol.Response) {})
		deadline, _ := ctx.Deadline()
		a.mustEnd(ctx, deadline, err)
		cancel()
	}
	resume()
	a.answer(kept, "after")
	a.mustGet(kept, 1, "after", "a subscription outlives a backend that stalls for a moment")
	kept.stop()
	a.recoversAsking(node)
}

// recoversAsking waits until a question is answered, which may need some attempts.
func (a *asking) recoversAsking(node protocol.ID) {
	a.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var stop func()
		q := a.question(node)
		if stop, err = a.listener.Listen(a.Context(), q.Request, q.sink); err != nil {
			continue
		}
		a.answer(q, "back")
		select {
		case <-q.came:
		case <-time.After(time.Second): // Listen may have run before the loss was seen
		}
		stop()
		if len(q.take()) > 0 {
			return
		}
	}
	a.Fatalf("a driver asks again when its backend answers again: %v", err)
}

func droppedConnections(a *asking) {
	if a.harness.Drop == nil {
		a.Skip("connections can't be dropped here")
	}
	node := protocol.NewNodeID()
	kept := a.ask(node)
	defer kept.stop()
	for range 3 {
		before := len(kept.take())
		a.harness.Drop(a)
		a.recoversAsking(node)
		a.answer(kept, "again")
		a.mustGet(kept, before+1, "again", "a question that waits gets the answers that come when the subscription is back")
	}
	for range 10 { // at any moment of the way back
		a.harness.Drop(a)
	}
	a.recoversAsking(protocol.NewNodeID())
	a.recoversAsking(node)
}

func coreAsks(a *asking) {
	id := a.serve()
	io := a.emitter()
	for range 3 {
		servers, err := io.Servers(a.Context())
		if err != nil || len(servers) != 1 || servers[0].ID != id {
			a.Fatalf("a question of the core is answered: %v, %v", servers, err)
		}
	}
	b := emitter.NewBatch(a.driver, emitter.Window(3))
	for i := range 10 {
		if err := io.Via(b).Emit(a.Context(), "event", i); err != nil {
			a.Fatalf("a window of a batch is probed: %v", err)
		}
	}
	if err := b.Flush(a.Context()); err != nil {
		a.Fatalf("a window of a batch is probed: %v", err)
	}
	start := time.Now()
	if err := io.Of(a.namespace + "-empty").Sync(a.Context()); !errors.Is(err, emitter.ErrNoServers) && !errors.Is(err, emitter.ErrTimeout) {
		a.Errorf("a question that no server can answer fails: %v", err)
	} else if _, named := a.driver.(emitter.Rosterer); !named && errors.Is(err, emitter.ErrNoServers) && time.Since(start) > inTime {
		a.Errorf("where servers are counted, none is told at once: it took %v", time.Since(start))
	}
}
