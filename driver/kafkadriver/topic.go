package kafkadriver

import (
	"fmt"
	"strings"

	"github.com/sioxide/emitter"
)

// maxTopic is the most bytes that Kafka takes for a topic's name.
const maxTopic = 249

// Topic returns the topic of a prefix (docs/protocol.md, Kafka and NATS): the prefix
// itself, in which bytes that Kafka forbids, and "_", are written as "_" and two
// hexadecimal digits.
func Topic(prefix string) string {
	if prefix == "." || prefix == ".." {
		return strings.ReplaceAll(prefix, ".", "_2E")
	}
	if strings.IndexFunc(prefix, func(r rune) bool { return !isKept(r) }) < 0 {
		return prefix
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(prefix) {
		if c := prefix[i]; isKept(rune(c)) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'_', digits[c>>4], digits[c&0xf]})
		}
	}
	return b.String()
}

func isKept(c rune) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-'
}

// topicOf refuses prefixes whose topic Kafka would not take.
func topicOf(prefix string) (string, error) {
	topic := Topic(prefix)
	if topic == "" || len(topic) > maxTopic {
		return "", fmt.Errorf("%w: prefix %.64q: its topic has %d bytes, and Kafka takes 1 to %d", emitter.ErrPrefix, prefix, len(topic), maxTopic)
	}
	return topic, nil
}

// prefixOf returns the prefix of a channel for answers: it holds no "#".
func prefixOf(responseChannel string) string {
	head, _, _ := strings.Cut(responseChannel, "#")
	return strings.TrimSuffix(head, "-response")
}
