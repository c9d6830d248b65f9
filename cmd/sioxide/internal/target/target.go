package target

import (
	"net/url"
	"sort"
	"strings"

	"github.com/sioxide/emitter"
)

// Backend is what the servers of a cluster talk to each other through.
type Backend string

// The backends, by the names that people call them.
const (
	Redis    Backend = "Redis"
	Postgres Backend = "PostgreSQL"
	Mongo    Backend = "MongoDB"
	Kafka    Backend = "Kafka"
	NATS     Backend = "NATS"
)

// Target is a cluster named by a URL. It is not changed after Parse.
type Target struct {
	Scheme  string // as in the URL, lower case
	Backend Backend
	TLS     bool // rediss, kafkas, tls, mongodb+srv, or the option tls of MongoDB; PostgreSQL has sslmode

	// Hosts are host:port with the scheme's default port, and empty for unix. With
	// redis+sentinel they are the Sentinels.
	Hosts  []string
	Socket string // of unix: the path
	Master string // of redis+sentinel: the name of the master

	Prefix  string // emitter.DefaultPrefix where the URL has none
	Parser  emitter.Parser
	Sharded bool // sharded pub/sub: on a Redis Cluster unless sharded=false, elsewhere only with sharded=true

	Database   string // Redis: a number, "" is 0; elsewhere a name
	Table      string // PostgreSQL's attachments, DefaultTable where the URL has none
	Collection string // MongoDB, DefaultCollection where the URL has none

	user     string
	password string     // as in the URL
	query    url.Values // all of it
	params   url.Values // what is the client library's
	secrets  *secrets
}

// DefaultTable is the table of socketioxide-postgres whose configuration names none.
const DefaultTable = "socket_io_attachments"

// DefaultCollection is the collection of socketioxide-mongodb whose configuration
// names none.
const DefaultCollection = "socket.io-adapter"

// IsCluster tells whether the URL is of a Redis Cluster.
func (t *Target) IsCluster() bool { return strings.HasSuffix(t.Scheme, "+cluster") }

// IsSentinel tells whether the master is to be asked of Sentinels.
func (t *Target) IsSentinel() bool { return strings.HasSuffix(t.Scheme, "+sentinel") }

// User is the user of the URL, "" where there is none.
func (t *Target) User() string { return t.user }

// hidden stands where a secret was.
const hidden = "xxxxx"

// String is the URL without its secrets.
func (t *Target) String() string {
	var b strings.Builder
	b.WriteString(t.Scheme + "://")
	if t.user != "" || t.password != "" {
		b.WriteString(url.User(t.user).String())
		if t.password != "" {
			b.WriteString(":" + hidden)
		}
		b.WriteByte('@')
	}
	b.WriteString(t.place())
	if len(t.query) > 0 {
		b.WriteString("?" + shownQuery(t.query))
	}
	return b.String()
}

// place is the part of the URL between the user and the query.
func (t *Target) place() string {
	at := strings.Join(t.Hosts, ",")
	master := t.Master
	if t.query.Has("master") {
		master = ""
	}
	for _, part := range []string{t.Socket, master, t.pathDatabase()} {
		if part != "" {
			at += "/" + strings.TrimPrefix((&url.URL{Path: part}).EscapedPath(), "/")
		}
	}
	return at
}

// pathDatabase is the database where the URL has it in its path.
func (t *Target) pathDatabase() string {
	if t.query.Has("database") || t.query.Has("db") {
		return ""
	}
	return t.Database
}

func shownQuery(query url.Values) string {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	sort.Strings(names)
	var parts []string
	for _, name := range names {
		for _, value := range query[name] {
			if isSecretOption(name) {
				value = hidden
			}
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(parts, "&")
}
