// Package kafkadriver lets an emitter talk to a cluster of socketioxide servers through
// Kafka, on a client of franz-go that the program already has.
package kafkadriver
