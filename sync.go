package emitter

import (
	"context"
	"errors"
	"fmt"

	"github.com/sioxide/emitter/protocol"
)

// Sync returns when every server has handled everything that was sent in this
// namespace before: by this emitter and all others made from the same New, through
// the same driver, by calls that had returned. It asks the channel of all servers
// and each server's own channel that was used since the last Sync; after ToServer
// only that server's. It says nothing of calls that still run, of what a server
// lost in a reconnect or a full queue, nor whether a client received it.
//
// Its error says which servers did not answer (ErrTimeout); no server at all is
// ErrNoServers.
func (e Emitter) Sync(ctx context.Context) error {
	if err := e.sync(ctx); err != nil {
		return &opError{op: "sync", where: "with", namespace: e.namespace, err: err}
	}
	return nil
}

func (e *Emitter) sync(ctx context.Context) error {
	if err := e.ready(ctx); err != nil {
		return NotSent(err)
	}
	if e.server != "" {
		e.core.tracker.takeOne(channelKey{e.clusterKey(), e.server})
		return e.syncAll(ctx, []string{e.server})
	}
	used, full := e.core.tracker.take(e.clusterKey())
	servers := []string{""}
	for _, s := range used {
		if s != "" {
			servers = append(servers, s)
		}
	}
	if err := e.syncAll(ctx, servers); err != nil {
		return err
	}
	if full {
		return fmt.Errorf("more than %d channels were used since the last Sync, so that not all of them were asked; sync more often", maxTracked)
	}
	return nil
}

// syncAll probes channels at once. What can't be probed is put back, for the next
// Sync.
func (e *Emitter) syncAll(ctx context.Context, servers []string) error {
	questions := make([]*question, len(servers))
	errs := make([]error, len(servers))
	for i, s := range servers {
		probe := e.probing(s)
		questions[i], errs[i] = probe.start(ctx, protocol.AllRooms, func(*protocol.Response) bool { return false })
	}
	var failed []string
	for i, q := range questions {
		if errs[i] == nil {
			errs[i] = q.wait()
		}
		if s := servers[i]; s != "" && errors.Is(errs[i], ErrNoServers) && e.server == "" {
			errs[i] = nil // that server is gone, and nothing of it is left to wait for
		}
		if errs[i] != nil {
			failed = append(failed, servers[i])
		}
	}
	e.core.tracker.putBack(e.clusterKey(), failed)
	return errors.Join(errs...)
}
