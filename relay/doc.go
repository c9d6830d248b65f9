// Package relay performs durable operations on a cluster: it reads them from a
// [Source], such as a topic of Kafka, and does what they say through any driver, at
// least once and in order for each key.
package relay
