// Command contestant is what is measured in Go: this emitter, and what it is held
// against. It reads cases from its standard input, a line of JSON each, and answers
// each with a sample (package contest). It ends with its standard input.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sioxide/emitter/bench/contest"
)

// contestant does the cases of one process; what it connects stays open.
type contestant struct{ connections }

// operation does a case n times.
type operation func(n int) error

// ready makes an operation of a case, and returns the bytes of a message, if it
// knows.
type ready func(c *contestant, cs input) (op operation, bytes int, err error)

// operations are what Case.Op may be.
var operations = map[string]ready{
	"encode": readyEncode, "memcpy": readyCopy, "valid memcpy": readyValidCopy, "json": readyJSON,
	"redisdriver": readyRedis, "rueidisdriver": readyRueidis, "go-redis": readyBareRedis, "rueidis": readyBareRueidis,
	"pgxdriver": readyPgx, "pgx": readyBarePgx, "mongodriver": readyMongo, "mongo": readyBareMongo,
	"kafkadriver": readyKafka, "kgo": readyBareKafka,
	"natsdriver": readyNATS, "nats": readyBareNATS, "nats unconfirmed": readyUnconfirmedNATS,
	contest.Rest: readyRest,
	"operation":  readyOperation, "pgxoutbox": readyPgxOutbox, "insert": readyBareInsert,
	"redisoutbox": readyRedisOutbox, "xadd": readyBareXAdd, "kafkaoutbox": readyKafkaOutbox,
	"jetstreamoutbox": readyJetStreamOutbox, "jetstream": readyBareJetStream,
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "contestant:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	var c contestant
	defer c.close()
	lines, answers := bufio.NewReader(in), json.NewEncoder(out)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a case: %w", err)
		}
		s, err := c.do(line)
		if err != nil {
			s.Error = err.Error()
		}
		if err := answers.Encode(s); err != nil {
			return fmt.Errorf("write a sample: %w", err)
		}
	}
}

func (c *contestant) do(line []byte) (s contest.Sample, err error) {
	var cs input
	if err := json.Unmarshal(line, &cs); err != nil {
		return s, fmt.Errorf("read a case: %w", err)
	}
	prepare, ok := operations[cs.Op]
	if !ok {
		return s, fmt.Errorf("there is no operation %q", cs.Op)
	}
	op, bytes, err := prepare(c, cs)
	if err != nil {
		return s, err
	}
	if err := op(1); err != nil { // buffers and pools have their size then
		return s, err
	}
	m := startMeter()
	err = op(cs.N)
	s = m.stop()
	s.Bytes = bytes
	return s, err
}
