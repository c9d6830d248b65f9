package redischeck

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// lookAtConnections looks for connections that asked for subscriptions last and have
// none: so look servers of the redis-cluster driver that came back after a loss.
// Those of the other drivers do not come back at all (docs/protocol.md).
func (l *looker) lookAtConnections(ctx context.Context) {
	ctx, cancel := l.step(ctx)
	defer cancel()
	var deaf []string
	for _, n := range l.nodes {
		text, err := n.client.ClientList(ctx).Result()
		if err != nil {
			l.report.Skip(deafness, "%s", l.why(err))
			return
		}
		for line := range strings.Lines(text) {
			c := connectionOf(line)
			switch {
			case c.isDeaf():
				deaf = append(deaf, c.String())
			case c.subscriptions > 0 && c.subscriptions < 3 && c.patterns == 0:
				l.suspects = append(l.suspects, "it may be "+c.String())
			}
		}
	}
	if len(deaf) == 0 {
		l.report.Pass(deafness, "no connection has lost its subscriptions; that of a server that did not come back can't be seen (--expect N tells how many there should be)")
		return
	}
	l.report.Find(deafness, report.Finding{
		Code: report.ServersDeaf,
		Says: fmt.Sprintf("%s to Redis asked for subscriptions and %s none: servers that lost Redis came back without them. They look healthy and hear nothing of the cluster.", report.Plural(len(deaf), "connection", "connections"), hasOrHave(len(deaf))),
		Do:   "Restart the servers at these addresses.", Details: deaf,
	})
}

func hasOrHave(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// client is a line of CLIENT LIST.
type client struct {
	addr, name, user, library, command string
	subscriptions, patterns            int
}

// connectionOf reads "id=3 addr=127.0.0.1:40458 … sub=6 psub=0 ssub=0 … cmd=subscribe".
func connectionOf(line string) (c client) {
	for field := range strings.FieldsSeq(line) {
		name, value, _ := strings.Cut(field, "=")
		n, _ := strconv.Atoi(value)
		switch name {
		case "addr":
			c.addr = value
		case "name":
			c.name = value
		case "user":
			c.user = value
		case "lib-name":
			c.library = value
		case "cmd":
			c.command = value
		case "sub", "ssub":
			c.subscriptions += n
		case "psub":
			c.patterns = n
		}
	}
	return c
}

func (c client) isDeaf() bool {
	return c.subscriptions+c.patterns == 0 && (c.command == "subscribe" || c.command == "ssubscribe")
}

func (c client) String() string {
	text := "a client from " + c.addr
	for _, part := range []struct{ name, value string }{{"name", c.name}, {"library", c.library}, {"user", c.user}} {
		if part.value != "" && part.value != "default" {
			text += fmt.Sprintf(", %s %s", part.name, part.value)
		}
	}
	return text
}
