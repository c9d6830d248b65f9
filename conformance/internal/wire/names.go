package wire

import (
	"fmt"
	"regexp"
	"strings"
)

// Bytes that a name does not keep as they are (docs/protocol.md, Kafka and NATS, version 1).
var (
	notInTopic = regexp.MustCompile(`[^A-Za-z0-9.-]`)
	notInToken = regexp.MustCompile(`[^A-Za-z0-9_-]`)
)

// KafkaTopic is the topic of a prefix.
func KafkaTopic(prefix string) string {
	switch prefix {
	case ".":
		return "_2E"
	case "..":
		return "_2E_2E"
	}
	return escape(prefix, "_", notInTopic)
}

// NatsSubject is the subject of all servers of a namespace, or of one server.
func NatsSubject(prefix, namespace, server string) string {
	tokens := []string{prefix, "request", namespace}
	if server != "" {
		tokens = append(tokens, server)
	}
	for i, token := range tokens {
		tokens[i] = escape(token, "=", notInToken)
	}
	return strings.Join(tokens, ".")
}

// escape writes each byte of what is not kept as an escape and its number.
func escape(s, by string, not *regexp.Regexp) string {
	return not.ReplaceAllStringFunc(s, func(c string) string {
		var b strings.Builder
		for i := range len(c) {
			fmt.Fprintf(&b, "%s%02X", by, c[i])
		}
		return b.String()
	})
}
