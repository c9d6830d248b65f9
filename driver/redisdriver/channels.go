package redisdriver

import (
	"strings"
	"sync/atomic"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// channel is a name in the forms that commands take.
type channel struct {
	name string
	arg  any // name
}

type channelKey struct{ prefix, namespace, server string }

// channelNames keeps the channels in use, so that a request costs no name of its
// own. Reading takes no lock: a new name makes a new map.
type channelNames struct {
	byKey atomic.Pointer[map[channelKey]*channel]
}

// maxChannels bounds the names kept; with more in use, all are made anew.
const maxChannels = 1024

func (c *channelNames) of(req *protocol.Request) *channel {
	key := channelKey{req.Prefix, req.Namespace, req.Server}
	known := c.byKey.Load()
	if known != nil {
		if ch, ok := (*known)[key]; ok {
			return ch
		}
	}
	name := emitter.RequestChannel(req.Prefix, req.Namespace, req.Server)
	ch := &channel{name: name, arg: name}
	next := make(map[channelKey]*channel)
	if known != nil && len(*known) < maxChannels {
		for k, v := range *known {
			next[k] = v
		}
	}
	key = channelKey{strings.Clone(key.prefix), strings.Clone(key.namespace), strings.Clone(key.server)}
	next[key] = ch
	c.byKey.CompareAndSwap(known, &next) // lost to another name: this one is made again next time
	return ch
}
