package target

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter/driver/natsdriver"
)

// openNATS connects, unless it is told to be patient: then the client goes on trying,
// and calls fail meanwhile.
func (t *Target) openNATS(c config) (*Cluster, error) {
	opts, err := t.natsOptions(c)
	if err != nil {
		return nil, err
	}
	scheme := t.Scheme + "://"
	conn, err := nats.Connect(scheme+strings.Join(t.Hosts, ","+scheme), opts...)
	if err != nil {
		return nil, natsRemedy(err)
	}
	driver := natsdriver.New(conn, natsdriver.WithLogger(c.logger))
	return &Cluster{target: t, driver: driver, nats: conn, close: []func() error{driver.Close, func() error {
		conn.Close()
		return nil
	}}}, nil
}

func (t *Target) natsOptions(c config) ([]nats.Option, error) {
	opts := []nats.Option{
		nats.Name("sioxide"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(c.patient),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { // without one, the client prints
			c.logger.Debug("NATS", "error", err)
		}),
	}
	if t.TLS {
		config, err := t.tlsConfig()
		if err != nil {
			return nil, err
		}
		opts = append(opts, nats.Secure(config))
	}
	password, err := t.readPassword()
	if err != nil {
		return nil, err
	}
	switch {
	case t.user != "":
		opts = append(opts, nats.UserInfo(t.user, password))
	case password != "":
		opts = append(opts, nats.Token(password))
	}
	if file := t.query.Get("creds-file"); file != "" {
		opts = append(opts, nats.UserCredentials(file))
	}
	if file := t.query.Get("nkey-file"); file != "" {
		key, err := nats.NkeyOptionFromSeed(file)
		if err != nil {
			return nil, err
		}
		opts = append(opts, key)
	}
	return opts, nil
}

func natsRemedy(err error) error {
	if errors.Is(err, nats.ErrNoServers) {
		return fmt.Errorf("%w: none of them takes a connection (is NATS there?)", err)
	}
	return err
}

// takeToken reads what NATS means by a user without a password: a token, which is a
// secret.
func (t *Target) takeToken() {
	if t.Backend == NATS && t.user != "" && t.password == "" && !t.hasPasswordOption() {
		t.user, t.password = "", t.user
	}
}

func noSubject(_ *Target, path string) error {
	if strings.Trim(path, "/") != "" {
		return errors.New("the subjects of a cluster follow from option prefix: leave out the path")
	}
	return nil
}
