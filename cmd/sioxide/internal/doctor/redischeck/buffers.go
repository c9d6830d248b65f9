package redischeck

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

const limitName = "client-output-buffer-limit"

// limit is how much may wait for a subscriber before Redis closes its connection; 0
// is without limit.
type limit struct {
	hard, soft int           // bytes
	time       time.Duration // how long soft may be exceeded
}

// lookAtBuffers compares the limits with the size of a message. A message of 31 MiB
// broke a limit of 32 (docs/protocol.md), so there must be room for two.
func (l *looker) lookAtBuffers(ctx context.Context) {
	ctx, cancel := l.step(ctx)
	defer cancel()
	var small []string
	var limits []limit
	for _, n := range l.nodes {
		values, err := n.client.ConfigGet(ctx, limitName).Result()
		if err == nil && values[limitName] == "" {
			err = fmt.Errorf("%s does not tell its %s", n.addr, limitName)
		}
		if err != nil {
			l.report.Skip(buffers, "%s", l.why(err))
			return
		}
		b := pubsubLimit(values[limitName])
		limits = append(limits, b)
		if b.tooSmallFor(l.opts.MessageSize) {
			small = append(small, fmt.Sprintf("%s allows %s", n.addr, b))
		}
	}
	if len(small) == 0 {
		l.report.Pass(buffers, "messages of %s fit: Redis lets %s wait for a server", report.Size(l.opts.MessageSize), slices.MinFunc(limits, compareLimits))
		return
	}
	need := l.opts.MessageSize
	l.report.Find(buffers, report.Finding{
		Code: report.RedisOutputBuffer, Severity: report.Warning,
		Says:    fmt.Sprintf("Redis closes the connection of a server for which too much waits, and messages of %s are too much. The server does not come back by itself.", report.Size(need)),
		Do:      fmt.Sprintf(`Send smaller messages, or set %s to "pubsub %d %d 60" or more in Redis.`, limitName, 8*need, 2*need),
		Details: small,
	})
}

func (b limit) tooSmallFor(bytes int) bool {
	return b.hard > 0 && b.hard < 2*bytes || b.soft > 0 && b.soft < bytes
}

func (b limit) String() string {
	switch {
	case b.hard == 0 && b.soft == 0:
		return "any amount"
	case b.soft == 0:
		return report.Size(b.hard)
	case b.hard == 0:
		return fmt.Sprintf("%s for %s", report.Size(b.soft), b.time)
	}
	return fmt.Sprintf("%s, or %s for %s,", report.Size(b.hard), report.Size(b.soft), b.time)
}

// least is the smaller of its two numbers.
func (b limit) least() int {
	orEndless := func(n int) int {
		if n == 0 {
			return math.MaxInt
		}
		return n
	}
	return min(orEndless(b.hard), orEndless(b.soft))
}

func compareLimits(a, b limit) int { return cmp.Compare(a.least(), b.least()) }

// pubsubLimit reads "normal 0 0 0 slave … pubsub 33554432 8388608 60".
func pubsubLimit(text string) limit {
	words := strings.Fields(text)
	at := slices.Index(words, "pubsub")
	if at < 0 || at+3 >= len(words) {
		return limit{}
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(words[at+1+i])
	}
	return limit{n[0], n[1], time.Duration(n[2]) * time.Second}
}
