package jetstreamsource

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// HeaderKey is the header with a message's key, escaped as url.PathEscape does.
const HeaderKey = "Sioxide-Key"

// checkStream finds what would lose messages or their order, and returns the name
// before the numbers of the subjects.
func checkStream(c jetstream.StreamConfig) (base string, err error) {
	if len(c.Subjects) > 0 {
		base = strings.TrimSuffix(c.Subjects[0], c.Subjects[0][strings.LastIndexByte(c.Subjects[0], '.')+1:])
	}
	for i := range c.Subjects {
		if base == "" || !slices.Contains(c.Subjects, base+strconv.Itoa(i)) {
			base = ""
		}
	}
	switch {
	case base == "":
		return "", fmt.Errorf("its subjects are %q; they must be NAME.0, NAME.1, … up to the number wanted", c.Subjects)
	case c.Retention != jetstream.LimitsPolicy:
		return "", fmt.Errorf("its retention is %s; it must be limits, as the relay itself removes what is done", c.Retention)
	case c.DenyPurge || c.DenyDelete:
		return "", fmt.Errorf("it denies purge or delete, by which the relay removes what is done: create it without")
	case c.MaxMsgsPerSubject > 0 && c.Discard == jetstream.DiscardOld:
		return "", fmt.Errorf("it drops what waits when a subject has more than %d messages: set its maximum per subject to -1", c.MaxMsgsPerSubject)
	}
	return strings.TrimSuffix(base, "."), nil
}

// keyOf is what a message keeps its order by; one that something else has written may
// have none, and is in order with all of its subject.
func keyOf(msg jetstream.Msg) string {
	key := msg.Headers().Get(HeaderKey)
	if plain, err := url.PathUnescape(key); err == nil {
		key = plain
	}
	return key
}
