// Package page serves the demo's page: clients in a browser, a form for every
// operation of the emitter, and the messages as they pass over Redis.
//
//	GET  /            the page and its scripts
//	GET  /api/scene   what it plays on: a Scene
//	GET  /api/bus     the messages on the cluster's channels, server-sent events: Message
//	POST /api/run     an Operation; what comes of it follows, a line of JSON each: Result
//
// The page's clients connect to the servers themselves. Nothing is kept here: which
// client is which, the page knows alone.
package page

import (
	"log/slog"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
)

// Scene is what the page plays on.
type Scene struct {
	Real     bool      `json:"real"`  // Rust servers and a Redis, not the demo's own
	Redis    string    `json:"redis"` // its URL
	Clusters []Cluster `json:"clusters"`
}

// Cluster is some servers with one parser and one prefix.
type Cluster struct {
	Parser  string   `json:"parser"` // common or msgpack
	Prefix  string   `json:"prefix"`
	Servers []Server `json:"servers"`
}

// Server is where the page's clients connect.
type Server struct {
	Letter string `json:"letter"` // its short name on the page
	ID     string `json:"id"`
	URL    string `json:"url"` // http://127.0.0.1:PORT
}

// Config says what the page works with. Client and Driver stay the caller's and must
// outlive the page.
type Config struct {
	Scene  Scene
	Client *redis.Client  // to watch the channels
	Driver emitter.Driver // to emit and to ask
	Log    *slog.Logger   // silent if nil
}
