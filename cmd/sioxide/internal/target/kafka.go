package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sioxide/emitter/driver/kafkadriver"
)

// dialTime is how long a connection may take to be made, with TLS.
const dialTime = 5 * time.Second

// openKafka makes a client, which connects when it is first used. All that the driver
// asks of a client is the default.
func (t *Target) openKafka(c config) (*Cluster, error) {
	opts, err := t.kafkaOptions()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, err
	}
	driver := kafkadriver.New(client, kafkadriver.WithLogger(c.logger))
	return &Cluster{target: t, driver: driver, kafka: client, kafkaOptions: opts, close: []func() error{driver.Close, func() error {
		client.Close()
		return nil
	}}}, nil
}

// kafkaOptions say how the brokers are reached.
func (t *Target) kafkaOptions() ([]kgo.Opt, error) {
	opts := []kgo.Opt{kgo.SeedBrokers(slices.Clone(t.Hosts)...), kgo.ClientID("sioxide"), kgo.DialTimeout(dialTime)}
	if t.TLS {
		c, err := t.tlsConfig()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(c))
	}
	password, err := t.readPassword()
	if err != nil {
		return nil, err
	}
	if t.user != "" {
		opts = append(opts, kgo.SASL(t.mechanism(password)))
	}
	return opts, nil
}

// saslMechanisms are what option sasl may be. Without it, it is plain.
var saslMechanisms = []string{"plain", "scram-sha-256", "scram-sha-512"}

func setSASL(t *Target, value string) error {
	if !slices.Contains(saslMechanisms, strings.ToLower(value)) {
		return fmt.Errorf("it is %s", strings.Join(saslMechanisms, ", "))
	}
	if t.user == "" {
		return errors.New("it means nothing without user:password@ before the hosts")
	}
	return nil
}

func (t *Target) mechanism(password string) sasl.Mechanism {
	switch strings.ToLower(t.query.Get("sasl")) {
	case "scram-sha-256":
		return scram.Auth{User: t.user, Pass: password}.AsSha256Mechanism()
	case "scram-sha-512":
		return scram.Auth{User: t.user, Pass: password}.AsSha512Mechanism()
	}
	return plain.Auth{User: t.user, Pass: password}.AsMechanism()
}

func noTopic(_ *Target, path string) error {
	if strings.Trim(path, "/") != "" {
		return errors.New("the topic of a cluster follows from option prefix: leave out the path")
	}
	return nil
}
