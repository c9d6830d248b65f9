package main

import (
	"context"
	"errors"

	"github.com/sioxide/emitter/bench/contest"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
)

// autoCreate lets Kafka make a topic when it is written to first.
const autoCreate = "auto.create.topics.enable=true"

// brokers compares the drivers of Kafka and NATS with the clients that they are on.
func (r *run) brokers(context.Context) (s section, err error) {
	f := &field{programs: r.programs}
	kafka, err := kafkatest.Launch(autoCreate)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, kafka.Stop()) }()
	server, err := natstest.Launch()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	defer func() { err = errors.Join(err, f.stop()) }()
	rows, err := r.beside(f, []backend{
		{name: "Kafka", driver: "kafkadriver", bare: "kgo", at: contest.Case{Addrs: []string{kafka.Address()}}, bulk: true},
		{name: "NATS", driver: "natsdriver", bare: "nats", at: contest.Case{URL: server.URL()}, bulk: true, unconfirmed: "nats unconfirmed"},
	})
	s.Title = "Kafka and NATS"
	s.About = "Our drivers beside the bare clients, with messages of the size of ours: ProduceSync of one record, in batches of all (franz-go),\n" +
		"and Publish and Flush, in batches one Flush behind all (nats.go). A Publish alone, which nobody confirms, stands beside\n" +
		"them. Kafka is one node on the same machine, nats-server is without JetStream."
	s.Tables = []table{tabulate("case", rows, append(besideColumns(), of(unconfirmed, "bare, unconfirmed", perSecond)))}
	return s, err
}
