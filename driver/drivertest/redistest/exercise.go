package redistest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// Setting is what a Maker makes a client and a driver with.
type Setting struct {
	Addrs              []string // one: a standalone server; several: a cluster
	Username, Password string
	Sharded, Classic   bool // the driver's options
	Logger             *slog.Logger
}

// Maker makes a driver on a client of its own, which lives as long as t, and a
// function that closes the client earlier. It fails the test when the client can't
// be made.
type Maker func(t testing.TB, s Setting) (d emitter.Driver, closeClient func())

// Exercise checks what drivers of Redis have in common beyond the contract.
func Exercise(t *testing.T, newDriver Maker) {
	for name, run := range map[string]func(*testing.T, Maker){
		"a pattern subscriber is not a server":                   patternSubscriber,
		"Sharded publishes where fred's servers listen":          shardedStandalone,
		"both options are refused":                               bothOptions,
		"a closed client is named and nothing is sent":           closedClient,
		"a server that is down is named and nothing is sent":     serverDown,
		"a password that is missing is named":                    passwordMissing,
		"a channel that an ACL forbids is named":                 channelForbidden,
		"a count that an ACL forbids is named":                   countForbidden,
		"a Redis Cluster is published to by slot":                clusterSend,
		"a slot that moves is followed":                          movedSlot,
		"a slot that moves under load loses nothing":             movedUnderLoad,
		"PUBLISH on a Redis Cluster reaches every node":          clusterClassic,
		"a cluster's node that is down leaves the others":        nodeDown,
		"a node of a cluster behind a plain client is explained": nodeAlone,
	} {
		t.Run(name, func(t *testing.T) { run(t, newDriver) })
	}
}

const testPrefix = "socket.io"

// event returns an event for all sockets of a namespace.
func event(namespace, text string) *protocol.Request {
	return &protocol.Request{
		Prefix: testPrefix, Namespace: namespace,
		Node: protocol.NewNodeID(), ID: protocol.NewID(),
		Type: protocol.Broadcast,
		Packet: protocol.Packet{Namespace: namespace, Type: protocol.Event,
			Data: protocol.Value{Data: fmt.Appendf(nil, `["event",%q]`, text)}},
		Opts: protocol.Opts{Flags: protocol.FlagBroadcast},
	}
}

func counted(namespace string) *protocol.Request {
	req := event(namespace, "counted")
	req.Count = true
	return req
}

func channelOf(namespace string) string {
	return emitter.RequestChannel(testPrefix, namespace, "")
}

// limit bounds what must not hang.
func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func mustSend(t testing.TB, d emitter.Driver, req *protocol.Request) int {
	t.Helper()
	n, err := d.Send(limit(t), req)
	if err != nil {
		t.Fatalf("send to %s: %v", req.Namespace, err)
	}
	return n
}

// mustArrive checks that the next message is req.
func mustArrive(t testing.TB, from <-chan []byte, req *protocol.Request) {
	t.Helper()
	select {
	case got := <-from:
		if string(got) != string(req.AppendMsgpack(nil)) {
			t.Fatalf("what arrives is what was sent: got %q", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("what was sent to %s arrives: nothing came within 20 s", req.Namespace)
	}
}

// mustSay checks an error: each part is in it, and the mark.
func mustSay(t testing.TB, err error, safe bool, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("an error is returned that says %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error says %q: %v", part, err)
		}
	}
	if emitter.SafeToRetry(err) != safe {
		t.Errorf("SafeToRetry must be %v of: %v", safe, err)
	}
}

// untilMarked sends until the error is one that certainly sent nothing: the first
// calls after a connection was lost may be in doubt.
func untilMarked(t testing.TB, d emitter.Driver, req *protocol.Request) error {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, err := d.Send(limit(t), req)
		if err != nil && emitter.SafeToRetry(err) {
			return err
		}
		if time.Now().After(deadline) {
			t.Fatalf("a server that takes nothing gives an error marked by NotSent: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// untilSent sends until it succeeds, for a backend that comes back.
func untilSent(t testing.TB, d emitter.Driver, req *protocol.Request) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, err := d.Send(limit(t), req)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a driver sends again when Redis is back: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
