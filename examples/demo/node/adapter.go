package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/protocol"
)

// adapter is a node's side of the cluster: it takes requests from Redis and
// publishes answers, as socketioxide-redis does with its redis driver. Here one
// connection carries all channels, so that requests of different channels keep
// their order too; real servers read each channel from a queue of its own.
type adapter struct {
	node    *Node
	redis   *redis.Client
	pubsub  *redis.PubSub
	channel map[string]*namespace // by channel name
}

// subscribe returns once no request can be missed any more.
func subscribe(ctx context.Context, n *Node, client *redis.Client) (*adapter, error) {
	a := &adapter{node: n, redis: client, channel: map[string]*namespace{}}
	var names []string
	for _, ns := range n.namespaces {
		for _, server := range []string{"", n.id.String()} {
			name := emitter.RequestChannel(n.prefix, ns.name, server)
			a.channel[name] = ns
			names = append(names, name)
		}
	}
	a.pubsub = client.Subscribe(ctx, names...)
	for range names {
		if _, err := a.pubsub.Receive(ctx); err != nil {
			_ = a.pubsub.Close()
			return nil, fmt.Errorf("subscribe to the cluster's channels: %w", err)
		}
	}
	return a, nil
}

// run takes requests until ctx ends.
func (a *adapter) run(ctx context.Context) {
	for {
		msg, err := a.pubsub.ReceiveMessage(ctx)
		if ctx.Err() != nil || errors.Is(err, redis.ErrClosed) {
			return
		}
		if err != nil {
			a.node.log.Warn("lost Redis; subscribing again", "err", err)
			continue
		}
		ns := a.channel[msg.Channel]
		if ns == nil {
			continue
		}
		if err := a.handle(ctx, ns, []byte(msg.Payload)); err != nil {
			a.node.log.Warn("request dropped", "namespace", ns.name, "err", err)
		}
	}
}

func (a *adapter) handle(ctx context.Context, ns *namespace, data []byte) error {
	req, err := protocol.DecodeRequest(data)
	if err != nil {
		return err
	}
	if req.Node == a.node.id {
		return nil
	}
	if req.Type.HasPacket() {
		if err := a.checkParser(&req.Packet.Data); err != nil {
			return err
		}
	}
	switch req.Type {
	case protocol.Broadcast:
		pk := packet(&req.Packet)
		if lost := ns.broadcast(&req.Opts, &pk); lost > 0 {
			return fmt.Errorf("%w: %d sockets missed an event", errQueueFull, lost)
		}
	case protocol.BroadcastWithAck:
		a.ask(ctx, ns, req)
	case protocol.DisconnectSockets:
		ns.disconnect(&req.Opts)
	case protocol.AddSockets:
		ns.join(&req.Opts, req.Rooms)
	case protocol.DelSockets:
		ns.leave(&req.Opts, req.Rooms)
	case protocol.AllRooms:
		a.answer(ctx, ns, req, protocol.Response{Kind: protocol.KindRooms, Rooms: ns.roomsOf(&req.Opts)})
	case protocol.FetchSockets:
		res := protocol.Response{Kind: protocol.KindSockets}
		for _, s := range ns.live(&req.Opts) {
			res.Sockets = append(res.Sockets, protocol.Socket{ID: s.conn.sid, Server: a.node.id, Namespace: ns.name})
		}
		a.answer(ctx, ns, req, res)
	}
	return nil
}

// checkParser spares the demo what a real cluster suffers.
func (a *adapter) checkParser(v *protocol.Value) error {
	switch {
	case a.node.parser == socketio.Common && v.Kind == protocol.Binary:
		return errors.New("an event of the msgpack parser, but this cluster's is common: " +
			"a real server would be deaf in this namespace until it restarts. Use emitter.New")
	case a.node.parser == socketio.Msgpack && v.Kind == protocol.Text:
		return errors.New("an event of the common parser, but this cluster's is msgpack: " +
			"a real server would disconnect every client meant. Use emitter.NewMsgpack")
	}
	return nil
}

// answer publishes a response. It does not keep the adapter waiting.
func (a *adapter) answer(ctx context.Context, ns *namespace, req *protocol.Request, res protocol.Response) {
	a.node.tasks.Go(func() { a.publish(ctx, ns, req, res) })
}

func (a *adapter) publish(ctx context.Context, ns *namespace, req *protocol.Request, res protocol.Response) {
	res.Request, res.Server = req.ID, a.node.id
	to := emitter.ResponseChannel(a.node.prefix, ns.name, req.Node.String())
	err := a.redis.Publish(ctx, to, res.AppendAddressed(nil)).Err()
	if err != nil && ctx.Err() == nil {
		a.node.log.Warn("answer lost", "namespace", ns.name, "err", err)
	}
}

// ask hands out an event that wants acks. The number of sockets asked goes to the
// asker first, then each socket's answer as it comes.
func (a *adapter) ask(ctx context.Context, ns *namespace, req *protocol.Request) {
	sockets := ns.live(&req.Opts)
	acks := make(chan protocol.Ack, len(sockets)) // each socket settles once, so nobody ever waits to write
	for _, s := range sockets {
		s.ask(packet(&req.Packet), func(pk *socketio.Packet, err error) {
			acks <- a.ack(s, pk, err)
		})
	}
	timeout := req.AckTimeout
	if timeout == 0 {
		timeout = a.node.ackTimeout
	}
	a.node.tasks.Go(func() {
		a.publish(ctx, ns, req, protocol.Response{Kind: protocol.KindAckCount, Count: len(sockets)})
		a.collect(ctx, timeout, sockets, acks, func(ack protocol.Ack) {
			a.publish(ctx, ns, req, protocol.Response{Kind: protocol.KindAck, Ack: &ack})
		})
	})
}

// collect hands on one ack of each socket, in the end AckTimedOut for those that
// said nothing.
func (a *adapter) collect(ctx context.Context, timeout time.Duration, sockets []*socket, acks <-chan protocol.Ack, each func(protocol.Ack)) {
	silent := map[protocol.ID]struct{}{}
	for _, s := range sockets {
		silent[s.conn.sid] = struct{}{}
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for len(silent) > 0 {
		select {
		case ack := <-acks:
			delete(silent, ack.Socket)
			each(ack)
		case <-timer.C:
			for sid := range silent {
				each(protocol.Ack{Socket: sid, Err: protocol.AckTimedOut})
			}
			return
		case <-ctx.Done():
			return
		}
	}
}

func (a *adapter) ack(s *socket, pk *socketio.Packet, err error) protocol.Ack {
	ack := protocol.Ack{Socket: s.conn.sid}
	switch {
	case errors.Is(err, errQueueFull):
		ack.Err = protocol.AckSocketFull
	case err != nil:
		ack.Err = protocol.AckSocketClosed
	default:
		ack.Value = protocol.Value{Data: pk.Data.Raw, Attachments: pk.Data.Attachments}
		if a.node.parser == socketio.Msgpack {
			ack.Value.Kind = protocol.Binary
		}
	}
	return ack
}

// packet turns what an emitter wrote into what clients get: the same bytes.
func packet(p *protocol.Packet) socketio.Packet {
	return socketio.Packet{
		Kind:      socketio.Kind(p.Type),
		Namespace: p.Namespace,
		Data:      socketio.Value{Raw: p.Data.AppendData(nil), Attachments: p.Data.Attachments},
	}
}
