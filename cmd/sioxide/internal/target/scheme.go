package target

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// scheme is what a URL's scheme decides.
type scheme struct {
	name    string
	backend Backend
	tls     bool
	port    string
	place   func(t *Target, path string) error // reads the path
	own     []string                           // the options of ours that it knows
	library []string                           // the client library's
}

var redisOwn = []string{"prefix", "parser", "sharded", "database", "db", "password-env", "password-file", "skip_verify"}

var schemes = []scheme{
	{"redis", Redis, false, "6379", oneHost(database), redisOwn, redisOptions},
	{"rediss", Redis, true, "6379", oneHost(database), redisOwn, redisOptions},
	{"redis+cluster", Redis, false, "6379", noPath, without(redisOwn, "database", "db"), clusterOptions},
	{"rediss+cluster", Redis, true, "6379", noPath, without(redisOwn, "database", "db"), clusterOptions},
	{"redis+sentinel", Redis, false, "26379", master, append(sentinelOwn, redisOwn...), sentinelOptions},
	{"rediss+sentinel", Redis, true, "26379", master, append(sentinelOwn, redisOwn...), sentinelOptions},
	{"unix", Redis, false, "", socket, without(redisOwn, "skip_verify"), redisOptions},
	{"postgres", Postgres, false, "5432", name, []string{"prefix", "parser", "table", "database", "password-env", "password-file"}, postgresOptions},
	{"postgresql", Postgres, false, "5432", name, []string{"prefix", "parser", "table", "database", "password-env", "password-file"}, postgresOptions},
	{"mongodb", Mongo, false, "27017", name, []string{"parser", "collection", "database", "password-env", "password-file"}, mongoOptions},
	{"mongodb+srv", Mongo, true, "", name, []string{"parser", "collection", "database", "password-env", "password-file"}, mongoOptions},
	{"kafka", Kafka, false, "9092", noTopic, kafkaOwn, nil},
	{"kafkas", Kafka, true, "9092", noTopic, append(kafkaOwn, tlsOptions...), nil},
	{"nats", NATS, false, "4222", noSubject, natsOwn, nil},
	{"tls", NATS, true, "4222", noSubject, append(natsOwn, tlsOptions...), nil},
}

var (
	kafkaOwn = []string{"prefix", "parser", "sasl", "password-env", "password-file"}
	natsOwn  = []string{"prefix", "parser", "creds-file", "nkey-file", "password-env", "password-file"}
)

var sentinelOwn = []string{"master", "sentinel-user", "sentinel-password-env", "sentinel-password-file"}

func without(list []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(names, s) })
}

func schemeNames() string {
	names := make([]string, len(schemes))
	for i, s := range schemes {
		names[i] = s.name
	}
	return strings.Join(names, ", ")
}

// BackendOf is the backend of a URL's scheme, "" where it is not known.
func BackendOf(name string) Backend {
	s, _ := schemeOf(strings.ToLower(name))
	return s.backend
}

// schemeOf finds a scheme. One that is not known is not quoted, it may be a password
// in the wrong place.
func schemeOf(name string) (scheme, error) {
	var names []string
	for _, s := range schemes {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	if near := nearest(name, names); near != "" {
		return scheme{}, fmt.Errorf("its scheme is not known; did you mean %s? (there are %s)", near, schemeNames())
	}
	return scheme{}, fmt.Errorf("its scheme is not known; there are %s", schemeNames())
}

// nearest returns the name that is at most a third of its letters away, or "".
func nearest(name string, names []string) string {
	best, distance := "", 0
	if len(name) > 64 {
		return ""
	}
	for _, n := range names {
		d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(n))
		if d <= max(1, len(n)/3) && (best == "" || d < distance) {
			best, distance = n, d
		}
	}
	return best
}

var errPath = errors.New("its path has parts that mean nothing here")

func oneHost(place func(*Target, string) error) func(*Target, string) error {
	return func(t *Target, path string) error {
		if len(t.Hosts) > 1 {
			return errors.New("it names several hosts; for a Redis Cluster write redis+cluster, for Sentinels redis+sentinel")
		}
		return place(t, path)
	}
}

func noPath(_ *Target, path string) error {
	if strings.Trim(path, "/") != "" {
		return errors.New("a Redis Cluster has no databases: leave out the path")
	}
	return nil
}

func database(t *Target, path string) error {
	if path = strings.Trim(path, "/"); path == "" {
		return nil
	}
	return setDatabase(t, path)
}

func master(t *Target, path string) error {
	first, rest, _ := strings.Cut(strings.Trim(path, "/"), "/")
	if _, err := strconv.Atoi(first); err == nil && rest == "" && t.query.Has("master") {
		return setDatabase(t, first)
	}
	t.Master = first
	if rest != "" {
		return setDatabase(t, rest)
	}
	if first == "" && !t.query.Has("master") {
		return errors.New("it does not name the master; write redis+sentinel://host:26379/NAME")
	}
	if first != "" && t.query.Has("master") {
		return errors.New("it names the master twice, in its path and in option master")
	}
	return nil
}

func socket(t *Target, path string) error {
	if len(t.Hosts) > 0 {
		return errors.New("a unix URL has no host; write three slashes: unix:///run/redis.sock")
	}
	if path == "" || path == "/" {
		return errors.New("it does not say where the socket is; write unix:///run/redis.sock")
	}
	t.Socket = path
	return nil
}

// name reads the name of a database.
func name(t *Target, path string) error {
	t.Database = strings.TrimPrefix(path, "/")
	if strings.Contains(t.Database, "/") {
		return errPath
	}
	if t.Database != "" && t.query.Has("database") {
		return errors.New("it names the database twice, in its path and in option database")
	}
	return nil
}
