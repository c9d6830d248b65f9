package rueidisdriver

import (
	"strings"
	"sync/atomic"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

type channelKey struct{ prefix, namespace, server string }

// channelNames keeps the channels in use, so that a request costs no name of its
// own. Reading takes no lock: a new name makes a new map.
type channelNames struct {
	byKey atomic.Pointer[map[channelKey]string]
}

// maxChannels bounds the names kept; with more in use, all are made anew.
const maxChannels = 1024

func (c *channelNames) of(req *protocol.Request) string {
	key := channelKey{req.Prefix, req.Namespace, req.Server}
	known := c.byKey.Load()
	if known != nil {
		if name, ok := (*known)[key]; ok {
			return name
		}
	}
	name := emitter.RequestChannel(req.Prefix, req.Namespace, req.Server)
	next := make(map[channelKey]string)
	if known != nil && len(*known) < maxChannels {
		for k, v := range *known {
			next[k] = v
		}
	}
	key = channelKey{strings.Clone(key.prefix), strings.Clone(key.namespace), strings.Clone(key.server)}
	next[key] = name
	c.byKey.CompareAndSwap(known, &next) // lost to another name: this one is made again next time
	return name
}
