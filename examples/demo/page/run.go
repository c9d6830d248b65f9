package page

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/sioxide/emitter"
)

// call is one operation on its way.
type call struct {
	op     *Operation
	io     emitter.Emitter // addressed
	driver emitter.Driver  // of batches
	done   Result          // the last line

	out   *http.ResponseController
	json  *json.Encoder
	start time.Time
	err   error // of writing: the page is gone
}

// tell writes a result at once.
func (c *call) tell(r Result) {
	r.Micros = time.Since(c.start).Microseconds()
	if c.err == nil {
		c.err = c.json.Encode(r)
	}
	if c.err == nil {
		c.err = c.out.Flush()
	}
}

// run does what the form asks. Only the page itself may ask: the content type keeps
// other pages from sending it without asking the server first.
func (p *Page) run(w http.ResponseWriter, r *http.Request) {
	if err := p.guard.CheckPage(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "an operation is application/json", http.StatusUnsupportedMediaType)
		return
	}
	op, err := readOperation(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c := &call{op: op, driver: p.cfg.Driver, done: Result{Type: "done"}}
	if c.io, err = p.emitter(op); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	c.out, c.json, c.start = http.NewResponseController(w), json.NewEncoder(w), time.Now()
	if err := operations[op.Op](r.Context(), c); err != nil {
		c.done.Type, c.done.Count = "error", 0
		c.done.Error, c.done.Retry = err.Error(), emitter.SafeToRetry(err)
	}
	c.tell(c.done)
}

// emitter is for the operation's cluster and selection.
func (p *Page) emitter(op *Operation) (emitter.Emitter, error) {
	e, ok := p.io[op.Cluster]
	if !ok {
		return e, fmt.Errorf("there is no cluster %.100q", op.Cluster)
	}
	if op.Own {
		e = e.Via(noting{p.cfg.Driver, p.own})
	}
	return op.address(e), nil
}

// emitters makes one for each cluster; Sync knows what they sent.
func emitters(cfg Config) map[string]emitter.Emitter {
	out := map[string]emitter.Emitter{}
	for _, c := range cfg.Scene.Clusters {
		parser := emitter.Common
		if c.Parser == "msgpack" {
			parser = emitter.Msgpack
		}
		out[c.Parser] = emitter.New(cfg.Driver, emitter.WithParser(parser), emitter.WithPrefix(c.Prefix))
	}
	return out
}
