// Package outbox has the form in which one operation on a cluster is written down:
// a line of `sioxide emit --stdin`, a message that is to be sent later. It is one
// JSON object:
//
//	{"v":1,"op":"emit","ns":"/","to":["news"],"event":"headline","args":["hello",{"$bin":"yv4="}]}
//
// What is absent takes its default, and what is unknown is an error:
//
//	v              1
//	id             ""            a name for the operation, by which it is known again
//	op                           emit, join, leave or disconnect; it has no default
//	prefix         "socket.io"   of the cluster
//	ns             "/"           the namespace
//	to, except     []            rooms
//	socket         ""            the one socket that is meant
//	except_socket  ""            the one socket that is not
//	server         ""            the one server whose sockets are meant
//	volatile       false         of an emit
//	event          ""            of an emit
//	args           []            of an emit
//	rooms          []            of a join or a leave
//	at             none          when it was written down, RFC 3339
//
// JSON has no binaries, so in args {"$bin":"yv4="} stands for one, in base64, at any
// depth. An object that really has that one member is written
// {"$esc":{"$bin":"yv4="}}, and one with the one member $esc likewise.
//
// In place of op, raw has a whole request as servers take it, msgpack in base64: what a
// program has that speaks their protocol, or must keep to the byte. Beside it there are
// v, id, prefix, ns, server and at only, and an empty prefix or ns is its default:
//
//	{"v":1,"id":"7","raw":"lsQQ…","ns":"/admin"}
//
// It is bound to its parser, gets a fresh id when it is performed, and is checked as
// everything else; questions and heartbeats are refused.
//
// [Decode] reads the form, [Operation.Encode] writes it, [Operation.Perform] does
// what it says, with all the checks that the emitter has.
//
// A driver that keeps operations where a relay finds them has [Encode] do all but the
// keeping; through [emitter.Emitter.Via] it takes the place of a cluster's own:
//
//	func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
//		e, err := outbox.Encode(req, d.options...)
//		if err != nil {
//			return -1, err
//		}
//		return -1, d.put(ctx, e.Key, e.ID, e.Data)
//	}
package outbox
