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

// backend is a database, with our driver and the bare client.
type backend struct {
	name, driver, bare string
	url                string
	driven, alone      *contest.Process
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
	t := team{f: f}
	var rows []*contest.Row
	for _, b := range []backend{
		{"PostgreSQL", "pgxdriver", "pgx", pg.URL("", ""), t.goes("pgxdriver"), t.goes("pgx")},
		{"MongoDB", "mongodriver", "mongo", mongo.URL(), t.goes("mongodriver"), t.goes("the MongoDB client")},
	} {
		if t.err != nil {
			return s, t.err
		}
		more, err := b.rows()
		if err != nil {
			return s, err
		}
		rows = append(rows, more...)
	}
	err = measure(rows, r.effort(
		contest.Effort{Rounds: 9, Span: 200 * time.Millisecond},
		contest.Effort{Rounds: 3, Span: 50 * time.Millisecond},
	))
	s.Title = "PostgreSQL and MongoDB"
	s.About = "Our drivers beside the bare clients: `select pg_notify` with a payload, and InsertOne of a document, of the size of our\n" +
		"message, one in a statement. MongoDB is a stand-in in memory (mongo-java-server), so only the ratio means anything."
	s.Tables = databaseTables(rows)
	return s, err
}

// The contestants' names in both databases.
const (
	ourDriver  = "driver"
	bareClient = "bare client"
)

func (b backend) rows() ([]*contest.Row, error) {
	var rows []*contest.Row
	for _, c := range []contest.Case{{AtOnce: 1}, {AtOnce: 64}, {Batch: 64}} {
		for _, size := range sizes[:2] {
			c.Kind, c.Parser, c.Value, c.URL = "text", parsers[0], cut(ascii, size.bytes), b.url
			encoded, err := b.driven.Do(c.Of("encode"))
			if err != nil {
				return nil, err
			}
			c.Size = encoded.Bytes
			name := fmt.Sprintf("%s, %d at once, %s", b.name, c.AtOnce, size.name)
			bare := c
			if c.Batch > 0 {
				// The bare client has no batch: it does one after the other.
				name = fmt.Sprintf("%s, batches of %d, %s", b.name, c.Batch, size.name)
				bare.Batch, bare.AtOnce = 0, 1
			}
			if b.driver == "pgxdriver" {
				bare.Size = notified(bare.Size)
			}
			r := &contest.Row{Name: name}
			r.Add(ourDriver, b.driven, c.Of(b.driver))
			r.Add(bareClient, b.alone, bare.Of(b.bare))
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// notified is how long the payload of a notification is: JSON, in which a byte of the
// event takes three characters and a comma, at most as long as PostgreSQL takes it.
func notified(wire int) int { return min(4*wire, 7_999) }

func databaseTables(rows []*contest.Row) []table {
	rate := func(e *contest.Entry) string { return fmt.Sprintf("%.0f", 1e9/e.Best().NS) }
	cpu := func(e *contest.Entry) string { return fmt.Sprintf("%.1f", e.Best().CPUNS/1e3) }
	return []table{tabulate("case", rows, []column{
		timesAsFast(ourDriver, bareClient, "times as fast as the bare client"),
		of(ourDriver, "emits a second", rate), of(bareClient, "bare", rate),
		of(ourDriver, "µs of CPU per emit", cpu), of(bareClient, "bare", cpu),
	})}
}
