package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// selection are the flags that say which sockets are meant.
type selection struct {
	namespace    string
	to           []string
	except       []string
	socket       string
	exceptSocket string
	server       string
}

// addTo gives cmd the flags.
func (s *selection) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	s.addNamespace(cmd)
	flags.StringArrayVar(&s.to, "to", nil, "sockets in this room; repeat it for those in any of several")
	flags.StringArrayVar(&s.except, "except", nil, "but not the sockets in this room; may be repeated")
	flags.StringVar(&s.socket, "socket", "", "the one socket with this id")
	flags.StringVar(&s.exceptSocket, "except-socket", "", "but not the socket with this id")
	s.addServer(cmd)
}

func (s *selection) addNamespace(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.namespace, "ns", "/", "the namespace")
}

func (s *selection) addServer(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.server, "server", "", "only sockets of the server with this id")
}

// selectionFlags are those that mean sockets, without the namespace.
var selectionFlags = []string{"to", "except", "socket", "except-socket", "server"}

// check refuses flags whose value is empty: they would mean something else.
func (s *selection) check(cmd *cobra.Command) error {
	for name, value := range map[string]string{"socket": s.socket, "except-socket": s.exceptSocket, "server": s.server, "ns": s.namespace} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && value == "" {
			return usage("--%s is empty: leave it out, or name one", name)
		}
	}
	return nil
}

// isEverybody tells whether no room, socket or server is chosen.
func (s *selection) isEverybody() bool {
	return len(s.to) == 0 && s.socket == "" && s.server == ""
}

// operation returns an operation on the selected sockets.
func (s *selection) operation(op outbox.Op, prefix string) *outbox.Operation {
	return &outbox.Operation{
		Op: op, Prefix: prefix, Namespace: s.namespace, To: s.to, Except: s.except,
		Socket: s.socket, ExceptSocket: s.exceptSocket, Server: s.server,
	}
}

// socketWait is how long the search for a socket behind an empty room takes at most.
const socketWait = 2 * time.Second

// checkRooms refuses a room that is empty and has the name of a socket: a socket is
// in a room of its id only where the servers' code joins it.
func checkRooms(ctx context.Context, io emitter.Emitter, o *outbox.Operation) error {
	for _, room := range o.To {
		if _, err := protocol.ParseID(room); err != nil {
			continue
		}
		bare := outbox.Operation{Prefix: o.Prefix, Namespace: o.Namespace}
		at := bare.Select(io).Timeout(socketWait)
		if rooms, err := at.To(room).Rooms(ctx); err != nil || len(rooms) > 0 {
			continue // the operation itself tells what is wrong
		}
		if sockets, err := at.ToSocket(room).Sockets(ctx); err == nil && len(sockets) > 0 {
			return usage("room %s is empty, and it is the id of a socket: use --socket %s", room, room)
		}
	}
	return nil
}
