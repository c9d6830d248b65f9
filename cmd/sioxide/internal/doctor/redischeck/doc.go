// Package redischeck looks at a cluster on Redis. It reads what Redis tells of
// itself, listens to passing messages by a pattern, and asks the servers by probes;
// it never subscribes to a channel of requests, where it would count as a server.
package redischeck
