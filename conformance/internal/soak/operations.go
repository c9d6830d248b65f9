package soak

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/sioxide/emitter/outbox"
)

// entry is an operation as it is put into a source.
type entry struct{ key, data string }

// event of the operations that are to be performed; its arguments are key and number.
const event = "op"

// plan is what is written, and what of it must become dead letters: by data, with a part
// of the reason.
type plan struct {
	entries []entry
	counts  map[string]int // of the good operations of each key
	dead    map[string]string
}

// newPlan spreads bad operations, three of each kind at least, among n good ones.
func newPlan(n int, random *rand.Rand) (*plan, error) {
	p := &plan{counts: make(map[string]int), dead: make(map[string]string)}
	bad := max(3, n/5000)
	every := max(1, n/bad)
	for i := range n {
		key := fmt.Sprintf("key-%d", random.IntN(keys))
		if i%every == every/2 {
			if err := p.spoil(key, i); err != nil {
				return nil, err
			}
		}
		if err := p.add(key, i); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *plan) add(key string, i int) error {
	args, err := outbox.NewArgs(key, p.counts[key])
	if err != nil {
		return err
	}
	p.counts[key]++
	data, err := encode(outbox.Operation{Op: outbox.Emit, Event: event, Args: args, To: []string{"soak"}}, "ok", i)
	p.entries = append(p.entries, entry{key, data})
	return err
}

// spoil adds one bad operation of each kind: one that can't be decoded, one that no
// emitter performs, and one for a server that is not there.
func (p *plan) spoil(key string, i int) error {
	garbage := fmt.Sprintf(`{"v":1,"id":"garbage-%d","op":"emit","event":`, i)
	refused, err := encode(outbox.Operation{Op: outbox.Emit, Event: "disconnect"}, "refused", i)
	if err != nil {
		return err
	}
	gone, err := encode(outbox.Operation{Op: outbox.Emit, Event: "gone", Args: []json.RawMessage{}, Server: fmt.Sprintf("gone%012d", i)}, "gone", i)
	if err != nil {
		return err
	}
	p.dead[garbage], p.dead[refused], p.dead[gone] = "not a valid operation", "reserved", "is gone"
	p.entries = append(p.entries, entry{key, garbage}, entry{key, refused}, entry{key, gone})
	return nil
}

func encode(o outbox.Operation, kind string, i int) (string, error) {
	o.ID = fmt.Sprintf("%s-%d", kind, i)
	data, err := o.Encode()
	return string(data), err
}
