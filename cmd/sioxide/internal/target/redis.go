package target

import (
	"crypto/tls"
	"net/url"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/sioxide/emitter/driver/redisdriver"
)

func (t *Target) openRedis(c config) (*Cluster, error) {
	client, err := t.redisClient()
	if err != nil {
		return nil, err
	}
	opts := []redisdriver.Option{redisdriver.WithLogger(c.logger)}
	switch {
	case t.Sharded && !t.IsCluster():
		opts = append(opts, redisdriver.Sharded())
	case !t.Sharded && t.IsCluster():
		opts = append(opts, redisdriver.Classic())
	}
	driver := redisdriver.New(client, opts...)
	return &Cluster{target: t, driver: driver, redis: client, close: []func() error{driver.Close, client.Close}}, nil
}

// redisClient makes a client that heeds the deadline of a context. Errors are
// returned, so go-redis need not print them as well.
func (t *Target) redisClient() (redis.UniversalClient, error) {
	logging.Disable()
	password, err := t.readPassword()
	if err != nil {
		return nil, err
	}
	switch {
	case t.IsCluster():
		return t.clusterClient(password)
	case t.IsSentinel():
		return t.sentinelClient(password)
	}
	o, err := redis.ParseURL(t.libraryURL())
	if err != nil {
		return nil, err
	}
	o.Username, o.Password, o.DB = t.user, password, t.databaseNumber()
	o.ContextTimeoutEnabled, o.DialerRetries = true, 1
	o.MaintNotificationsConfig = noNotifications
	t.setTLS(o.TLSConfig)
	return redis.NewClient(o), nil
}

// noNotifications leaves out a handshake that only Redis Enterprise knows.
var noNotifications = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

func (t *Target) clusterClient(password string) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(t.libraryURL())
	if err != nil {
		return nil, err
	}
	o.Addrs, o.Username, o.Password = slices.Clone(t.Hosts), t.user, password
	o.ContextTimeoutEnabled, o.DialerRetries = true, 1
	o.MaintNotificationsConfig = noNotifications
	t.setTLS(o.TLSConfig)
	return redis.NewClusterClient(o), nil
}

func (t *Target) sentinelClient(password string) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(t.libraryURL())
	if err != nil {
		return nil, err
	}
	if o.SentinelPassword, err = t.readSecret("sentinel-password"); err != nil {
		return nil, err
	}
	o.SentinelUsername = t.query.Get("sentinel-user")
	o.MasterName, o.SentinelAddrs = t.Master, slices.Clone(t.Hosts)
	o.Username, o.Password, o.DB = t.user, password, t.databaseNumber()
	o.ContextTimeoutEnabled, o.DialerRetries = true, 1
	t.setTLS(o.TLSConfig)
	return redis.NewFailoverClient(o), nil
}

// checkRedis finds values of options that go-redis can't read.
func (t *Target) checkRedis() (err error) {
	switch {
	case t.IsCluster():
		_, err = redis.ParseClusterURL(t.libraryURL())
	case t.IsSentinel():
		_, err = redis.ParseFailoverURL(t.libraryURL())
	default:
		_, err = redis.ParseURL(t.libraryURL())
	}
	return err
}

// libraryURL is what go-redis reads its own options from. What is secret is set
// beside it.
func (t *Target) libraryURL() string {
	u := &url.URL{Scheme: "redis", Path: t.Socket, RawQuery: t.params.Encode()}
	if t.Socket != "" {
		u.Scheme = "unix"
	} else {
		u.Host = t.Hosts[0]
	}
	if t.TLS {
		u.Scheme = "rediss"
	}
	return u.String()
}

// setTLS leaves the name in a certificate to the host that is connected to, of which
// there may be several.
func (t *Target) setTLS(c *tls.Config) {
	if c == nil {
		return
	}
	c.MinVersion = tls.VersionTLS12
	if t.IsCluster() || t.IsSentinel() {
		c.ServerName = ""
	}
	c.InsecureSkipVerify, _ = boolean(t.query.Get("skip_verify"))
}

// databaseNumber is 0 where none is given; setDatabase has checked it.
func (t *Target) databaseNumber() int {
	n, _ := strconv.Atoi(t.Database)
	return n
}
