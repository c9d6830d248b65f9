// Package natsdriver lets an emitter talk to a cluster of socketioxide servers through
// NATS, on a connection of nats.go that the program already has.
package natsdriver
