// Package target names a cluster by a URL and opens it.
//
//	redis://[user:password@]host[:port][/database]
//	rediss://…                                          the same over TLS
//	redis+cluster://host:port,host:port                 also rediss+cluster
//	redis+sentinel://host:port,host:port/master         also rediss+sentinel
//	unix://[user:password@]/path/of/the/socket
//	postgres://[user:password@]host[:port]/database     also postgresql
//	mongodb://[user:password@]host[:port]/database      also mongodb+srv
//	kafka://[user:password@]host:port,host:port         kafkas over TLS
//	nats://[user:password@ or token@]host:port,host     tls over TLS
//
// The query has the options prefix, parser (common or msgpack), sharded (true or
// false), table, collection and database, and those of the client library, such as
// sslmode. Kafka has sasl (plain, scram-sha-256 or scram-sha-512), NATS creds-file and
// nkey-file, and both over TLS ca-file, cert-file, key-file and skip_verify. In place of a password in the URL, password-env=NAME takes it from the
// environment and password-file=PATH from a file, whose last line break is cut off.
//
// No error and no String of this package has a secret in it. What a server or a
// library says about a target goes through Scrub before it is shown.
package target
