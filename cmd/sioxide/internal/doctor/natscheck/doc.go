// Package natscheck looks at a cluster on NATS. It hears what servers say of
// themselves and asks them by probes; it subscribes to no subject of requests, by which
// NATS would take it for a server.
package natscheck
