// Package target names a cluster by a URL and opens it.
//
//	redis://[user:password@]host[:port][/database]
//	rediss://…                                          the same over TLS
//	redis+cluster://host:port,host:port                 also rediss+cluster
//	redis+sentinel://host:port,host:port/master         also rediss+sentinel
//	unix://[user:password@]/path/of/the/socket
//	postgres://[user:password@]host[:port]/database     also postgresql
//	mongodb://[user:password@]host[:port]/database      also mongodb+srv
//
// The query has the options prefix, parser (common or msgpack), sharded (true or
// false), table, collection and database, and those of the client library, such as
// sslmode. In place of a password in the URL, password-env=NAME takes it from the
// environment and password-file=PATH from a file, whose last line break is cut off.
//
// No error and no String of this package has a secret in it. What a server or a
// library says about a target goes through Scrub before it is shown.
package target
