// Package kafkatest starts a real Kafka for tests of drivers and servers: one node,
// broker and controller in one (KRaft), on free ports of 127.0.0.1 and with its data
// in a temporary folder. Launch is for programs, Start for tests.
//
// It runs on Java, from the jars that scripts/kafka.sh copies from Maven into the cache
// folder; pom.xml has the version. It takes about 7 s to start and 400 MiB of memory:
// tests of one package share one.
package kafkatest
