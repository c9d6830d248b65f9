package tour

import (
	"slices"
	"strings"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/examples/demo/stage"
)

// showAnswer writes what an operation returned, with the names of clients and the
// letters of nodes in place of ids, in the order of the tour's lists. A stream of
// answers is read to its end.
func (t *Tour) showAnswer(v any) (string, error) {
	switch v := v.(type) {
	case *emitter.Acks:
		return t.showAcks(v)
	case []emitter.Socket:
		shown := map[string]string{}
		for _, s := range v {
			name := t.cast.name(s.ID, s.Namespace)
			shown[name] += name + " on " + letter(t.stage, s.Server)
		}
		return t.cast.inOrder(shown), nil
	case []emitter.Server:
		var letters []string
		for _, s := range v {
			letters = append(letters, letter(t.stage, s.ID))
		}
		slices.Sort(letters)
		return strings.Join(letters, " · "), nil
	case []string:
		if len(v) == 0 {
			return "none", nil
		}
		return strings.Join(v, " · "), nil
	}
	return show(v), nil
}

// showAcks reads all answers, each of one argument, that sockets in / gave.
func (t *Tour) showAcks(acks *emitter.Acks) (string, error) {
	shown := map[string]string{}
	for ack, err := range acks.All() {
		if err != nil {
			return "", err
		}
		name := t.cast.name(ack.Socket, "/")
		shown[name] += name + " " + showAck(ack)
	}
	return t.cast.inOrder(shown), nil
}

func showAck(ack emitter.Ack) string {
	arg, err := emitter.AckArg[any](ack)
	switch {
	case ack.Err != nil:
		return "(" + ack.Err.Error() + ")"
	case err != nil:
		return "(" + err.Error() + ")"
	}
	return show(arg)
}

// name returns the name of a socket, or its id if it is not of the cast.
func (c *cast) name(id, namespace string) string {
	for _, e := range c.all() {
		if e.ID == id && e.namespace == namespace {
			return e.name
		}
	}
	return id
}

// inOrder joins texts by name, in the order of the cast.
func (c *cast) inOrder(shown map[string]string) string {
	var texts []string
	for _, e := range c.all() {
		if text, ok := shown[e.name]; ok {
			texts = append(texts, text)
			delete(shown, e.name)
		}
	}
	for _, text := range shown { // strangers
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, " · ")
}

// letter returns the letter of a node by its id, or the id of a stranger.
func letter(s *stage.Stage, id string) string {
	for i, n := range slices.Concat(s.Common[:], s.Msgpack[:]) {
		if n.ID() == id {
			return string(rune('A' + i))
		}
	}
	return id
}
