// Package pgcheck looks at a cluster on PostgreSQL. It reads what the server tells of
// itself, listens on the channels of the namespaces, which is not counted there, and
// asks the servers by probes. It sends no heartbeat.
package pgcheck
