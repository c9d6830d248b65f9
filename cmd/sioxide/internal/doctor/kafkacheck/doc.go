// Package kafkacheck looks at a cluster on Kafka: the brokers, the topic of the prefix
// and how it is kept, and which servers are there.
package kafkacheck
