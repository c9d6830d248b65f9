package emitter

import "time"

// BatchOption changes what NewBatch makes.
type BatchOption interface{ applyBatch(*batchConfig) }

type batchConfig struct {
	maxBytes    int
	windowed    bool
	acked       bool
	askOnce     bool
	events      int // of a window or of a paced portion
	windowBytes int
	rate        float64 // events a second; 0: not paced
	badRate     bool
}

// streams tells whether Send flushes by itself.
func (c *batchConfig) streams() bool { return c.windowed || c.rate > 0 }

type batchOption func(*batchConfig)

func (f batchOption) applyBatch(c *batchConfig) { f(c) }

// Window sends at most so many events and then waits until every server has
// answered a probe that travels behind them, so that nothing is lost in a server's
// own queue. 0 or less is what the driver says its servers hold: 100 for classic
// pub/sub on Redis, 20 for sharded. Programs that send at the same time share that:
// give each a part of it.
//
// Clients' queues, of 128 packets each, are not watched, but a window that does not
// fit into them twice is followed by more probes, and one of 1 MiB or more by a pause
// as long as the servers took. In rooms of up to 20 clients less than one in ten
// thousand was lost there, of the worst burst four. Acked loses none.
func Window(events int) BatchOption {
	return batchOption(func(c *batchConfig) { c.windowed, c.events = true, events })
}

// WindowBytes sets how many bytes a window may have, overriding the default of
// 4 MiB; 0 or less keeps it. Redis cuts off servers that lag by too much.
func WindowBytes(n int) BatchOption {
	return batchOption(func(c *batchConfig) {
		if n > 0 {
			c.windowBytes = n
		}
	})
}

// Rate sends at most so many events a second, in small portions. Nothing is lost
// as long as servers and clients take them at that rate.
func Rate(perSecond float64) BatchOption {
	return batchOption(func(c *batchConfig) { c.rate, c.badRate = perSecond, !(perSecond > 0) })
}

// Acked sends the last event that each selection has in a window as a question and
// waits for the clients' answers, so that nothing is lost in the clients' queues
// either, if the clients answer. Several senders at once must share what the
// queues hold: give each a part of the window. It implies Window(0) unless a
// Window is given.
func Acked() BatchOption {
	return batchOption(func(c *batchConfig) { c.windowed, c.acked = true, true })
}

// AskOnce gives a window's question 6 s and takes no other one for it; without an
// answer the window is unconfirmed (BatchError). Otherwise a probe is sent again after a
// second, as a full queue may have dropped the first: but when the backend was restarted
// meanwhile, servers answer it that never got the window. It is for programs that rather
// send twice than lose something.
func AskOnce() BatchOption {
	return batchOption(func(c *batchConfig) { c.askOnce = true })
}

// MaxBytes sets how many bytes of requests are kept at most, overriding the default
// of 64 MiB; 0 or less keeps it.
func MaxBytes(n int) BatchOption {
	return batchOption(func(c *batchConfig) {
		if n > 0 {
			c.maxBytes = n
		}
	})
}

// The window of a driver that does not tell its own: what a fred server holds.
const defaultWindow = 20

// pacePortion is how much of a second a portion of a paced batch holds.
const pacePortion = 5 * time.Millisecond

// resolve fills in what depends on the driver.
func (c *batchConfig) resolve(d Driver) error {
	if c.badRate {
		return refuse(ErrUnsupported, "Rate(%v): it must be more than 0", c.rate)
	}
	if c.windowed {
		if _, ok := driverAs[Listener](d); !ok {
			return refuse(ErrUnsupported, "Window and Acked need a driver that brings answers back")
		}
		events, bytes := defaultWindow, DefaultWindowBytes
		if w, ok := driverAs[Windower](d); ok {
			events, bytes = w.Window()
		}
		if c.events <= 0 {
			c.events = max(events, 1)
		}
		c.windowBytes = min(c.windowBytes, bytes)
	}
	if c.rate > 0 {
		portion := max(int(c.rate*pacePortion.Seconds()), 1)
		if !c.windowed || portion < c.events {
			c.events = portion
		}
	}
	return nil
}
