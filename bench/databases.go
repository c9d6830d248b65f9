package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter/bench/contest"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
)

// backend is what a driver of ours writes to, with that and the bare client.
type backend struct {
	name, driver, bare string
	at                 contest.Case // where it is: URL, Addrs
	driven, alone      *contest.Process

	bulk        bool   // the bare client has batches, too
	unconfirmed string // the bare client's operation that waits for nothing; "" for none
	operations  bool   // what is written are operations, not requests
}

// databases compares the drivers with the clients that they are on.
func (r *run) databases(context.Context) (s section, err error) {
	f := &field{programs: r.programs}
	pg, err := pgtest.Launch()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	mongo, err := mongotest.Launch()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, mongo.Kill()) }()
	defer func() { err = errors.Join(err, f.stop()) }()
	rows, err := r.beside(f, []backend{
		{name: "PostgreSQL", driver: "pgxdriver", bare: "pgx", at: contest.Case{URL: pg.URL("", "")}},
		{name: "MongoDB", driver: "mongodriver", bare: "mongo", at: contest.Case{URL: mongo.URL()}},
	})
	s.Title = "PostgreSQL and MongoDB"
	s.About = "Our drivers beside the bare clients: `select pg_notify` with a payload, and InsertOne of a document, of the size of our\n" +
		"message, one in a statement. MongoDB is a stand-in in memory (mongo-java-server), so only the ratio means anything."
	s.Tables = []table{tabulate("case", rows, besideColumns())}
	return s, err
}

// besides is how much is measured of each backend. What is written is kept, so that it
// is little.
func (r *run) besides() contest.Effort {
	return r.effort(
		contest.Effort{Rounds: 9, Span: 100 * time.Millisecond},
		contest.Effort{Rounds: 3, Span: 30 * time.Millisecond},
	)
}

// beside measures our drivers and the bare clients.
func (r *run) beside(f *field, backends []backend) ([]*contest.Row, error) {
	t := team{f: f}
	var rows []*contest.Row
	for _, b := range backends {
		b.driven, b.alone = t.goes(b.driver), t.goes("the bare client of "+b.driver)
		if t.err != nil {
			return nil, t.err
		}
		more, err := b.rows()
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, measure(rows, r.besides())
}

// The contestants' names in all backends.
const (
	ourDriver   = "driver"
	bareClient  = "bare client"
	unconfirmed = "bare client, unconfirmed"
)

func (b backend) rows() ([]*contest.Row, error) {
	var rows []*contest.Row
	for _, c := range []contest.Case{{AtOnce: 1}, {AtOnce: 64}, {Batch: 64}} {
		for _, size := range sizes[:2] {
			c.Kind, c.Parser, c.Value, c.URL, c.Addrs = "text", parsers[0], cut(ascii, size.bytes), b.at.URL, b.at.Addrs
			encoded, err := b.driven.Do(c.Of(b.encoding()))
			if err != nil {
				return nil, err
			}
			c.Size = encoded.Bytes
			name := fmt.Sprintf("%s, %d at once, %s", b.name, c.AtOnce, size.name)
			bare := c
			if c.Batch > 0 {
				name = fmt.Sprintf("%s, batches of %d, %s", b.name, c.Batch, size.name)
			}
			if !b.bulk && c.Batch > 0 { // it does one after the other
				bare.Batch, bare.AtOnce = 0, 1
			}
			if b.driver == "pgxdriver" {
				bare.Size = notified(bare.Size)
			}
			r := &contest.Row{Name: name}
			r.Add(ourDriver, b.driven, c.Of(b.driver))
			r.Add(bareClient, b.alone, bare.Of(b.bare))
			if b.unconfirmed != "" && c.Batch == 0 {
				r.Add(unconfirmed, b.alone, bare.Of(b.unconfirmed))
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// encoding is the operation that tells how long what is written is.
func (b backend) encoding() string {
	if b.operations {
		return "operation"
	}
	return "encode"
}

// notified is how long the payload of a notification is: JSON, in which a byte of the
// event takes three characters and a comma, at most as long as PostgreSQL takes it.
func notified(wire int) int { return min(4*wire, 7_999) }

func perSecond(e *contest.Entry) string { return fmt.Sprintf("%.0f", 1e9/e.Best().NS) }

// besideColumns are those of our driver beside the bare client.
func besideColumns() []column {
	cpu := func(e *contest.Entry) string { return fmt.Sprintf("%.1f", e.Best().CPUNS/1e3) }
	return []column{
		timesAsFast(ourDriver, bareClient, "times as fast as the bare client"),
		of(ourDriver, "emits a second", perSecond), of(bareClient, "bare", perSecond),
		of(ourDriver, "µs of CPU per emit", cpu), of(bareClient, "bare", cpu),
	}
}
