package report

import "slices"

// Code names a finding for ever: scripts compare it, and docs/troubleshooting.md has
// a section for each.
type Code string

// What keeps the doctor from looking: the exit status is 2.
const (
	URLInvalid           Code = "url-invalid"
	RedisUnreachable     Code = "redis-unreachable"
	RedisPassword        Code = "redis-password"
	RedisTLSMissing      Code = "redis-tls-missing"
	RedisTLSRequired     Code = "redis-tls-required"
	RedisTLSUntrusted    Code = "redis-tls-untrusted"
	PostgresUnreachable  Code = "postgres-unreachable"
	PostgresPassword     Code = "postgres-password"
	PostgresTLSMissing   Code = "postgres-tls-missing"
	PostgresTLSRequired  Code = "postgres-tls-required"
	PostgresTLSUntrusted Code = "postgres-tls-untrusted"
	MongoUnreachable     Code = "mongodb-unreachable"
	MongoPassword        Code = "mongodb-password"
	MongoTLSMissing      Code = "mongodb-tls-missing"
	MongoTLSRequired     Code = "mongodb-tls-required"
	MongoTLSUntrusted    Code = "mongodb-tls-untrusted"
	KafkaUnreachable     Code = "kafka-unreachable"
	KafkaPassword        Code = "kafka-password"
	KafkaTLSMissing      Code = "kafka-tls-missing"
	KafkaTLSRequired     Code = "kafka-tls-required"
	KafkaTLSUntrusted    Code = "kafka-tls-untrusted"
	NATSUnreachable      Code = "nats-unreachable"
	NATSPassword         Code = "nats-password"
	NATSTLSMissing       Code = "nats-tls-missing"
	NATSTLSRequired      Code = "nats-tls-required"
	NATSTLSUntrusted     Code = "nats-tls-untrusted"
)

// What is wrong with the cluster: the exit status is 1.
const (
	NoServers         Code = "no-servers"
	NamespaceEmpty    Code = "namespace-empty"
	PubSubMismatch    Code = "pubsub-mismatch"
	ParserMismatch    Code = "parser-mismatch"
	ServersDeaf       Code = "servers-deaf"
	ServersSilent     Code = "servers-silent"
	ServersOld        Code = "servers-old"
	ServersUnasked    Code = "servers-unasked"
	ForeignSubscriber Code = "foreign-subscriber"

	RedisRights       Code = "redis-rights"
	RedisTooOld       Code = "redis-too-old"
	RedisIsCluster    Code = "redis-is-cluster"
	RedisNotCluster   Code = "redis-not-cluster"
	RedisReplica      Code = "redis-replica"
	RedisIsSentinel   Code = "redis-is-sentinel"
	RedisDatabase     Code = "redis-database"
	RedisOutputBuffer Code = "redis-output-buffer"

	PostgresTableMissing Code = "postgres-table-missing"
	PostgresRights       Code = "postgres-rights"
	PostgresPooler       Code = "postgres-pooler"
	PostgresQueue        Code = "postgres-queue"
	PostgresHeartbeat    Code = "postgres-heartbeat"
	PostgresReplica      Code = "postgres-replica"

	MongoNoReplicaSet Code = "mongodb-no-replica-set"
	MongoTTLMissing   Code = "mongodb-ttl-missing"
	MongoCappedSmall  Code = "mongodb-capped-small"
	MongoRights       Code = "mongodb-rights"

	KafkaTopicMissing    Code = "kafka-topic-missing"
	KafkaReplicas        Code = "kafka-replicas"
	KafkaRights          Code = "kafka-rights"
	NATSMaxPayload       Code = "nats-max-payload"
	NATSHeaders          Code = "nats-headers"
	NATSJetStreamCapture Code = "nats-jetstream-capture"
	NATSRights           Code = "nats-rights"
)

var blinding = []Code{
	URLInvalid, RedisUnreachable, RedisPassword, RedisTLSMissing, RedisTLSRequired, RedisTLSUntrusted,
	PostgresUnreachable, PostgresPassword, PostgresTLSMissing, PostgresTLSRequired, PostgresTLSUntrusted,
	MongoUnreachable, MongoPassword, MongoTLSMissing, MongoTLSRequired, MongoTLSUntrusted,
	KafkaUnreachable, KafkaPassword, KafkaTLSMissing, KafkaTLSRequired, KafkaTLSUntrusted,
	NATSUnreachable, NATSPassword, NATSTLSMissing, NATSTLSRequired, NATSTLSUntrusted,
}

// Codes lists every code there is.
func Codes() []Code {
	return append(slices.Clone(blinding),
		NoServers, NamespaceEmpty, PubSubMismatch, ParserMismatch, ServersDeaf, ServersSilent, ServersOld, ServersUnasked, ForeignSubscriber,
		RedisRights, RedisTooOld, RedisIsCluster, RedisNotCluster, RedisReplica, RedisIsSentinel, RedisDatabase, RedisOutputBuffer,
		PostgresTableMissing, PostgresRights, PostgresPooler, PostgresQueue, PostgresHeartbeat, PostgresReplica,
		MongoNoReplicaSet, MongoTTLMissing, MongoCappedSmall, MongoRights,
		KafkaTopicMissing, KafkaReplicas, KafkaRights,
		NATSMaxPayload, NATSHeaders, NATSJetStreamCapture, NATSRights,
	)
}

// Blinds tells whether nothing more can be looked at behind a finding of this code.
func (c Code) Blinds() bool { return slices.Contains(blinding, c) }
