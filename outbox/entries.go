package outbox

import "github.com/sioxide/emitter/protocol"

// EncodeAll is Encode for the SendAll of such a driver: it gives put the entries in parts
// of at most maxBytes, unless a single one has more, in the order of reqs. put says in
// failed what became of each, and returns what keeps the rest from being put, if anything
// does; its slices are its own until it returns. errs[i] belongs to reqs[i]; one that
// Encode refuses keeps out no other.
func EncodeAll(reqs []*protocol.Request, errs []error, maxBytes int, put func(part []Entry, failed []error) (broken error), opts ...EncodeOption) {
	var (
		part   []Entry
		places []int // of part's entries in reqs
		size   int
		broken error
	)
	flush := func() {
		failed := make([]error, len(part))
		if broken != nil {
			for i := range failed {
				failed[i] = broken
			}
		} else if len(part) > 0 {
			broken = put(part, failed)
		}
		for i, at := range places {
			errs[at] = failed[i]
		}
		part, places, size = part[:0], places[:0], 0
	}
	for i, req := range reqs {
		e, err := Encode(req, opts...)
		if errs[i] = err; err != nil {
			continue
		}
		if size+len(e.Data) > maxBytes {
			flush()
		}
		part, places, size = append(part, e), append(places, i), size+len(e.Data)
	}
	flush()
}
