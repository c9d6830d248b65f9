// Package pgtest starts a real PostgreSQL for tests of drivers, on a free port of
// 127.0.0.1 and in a temporary folder, and ends it. Launch is for programs, Start
// for tests.
//
// The programs initdb, postgres and psql are looked for in PATH and where Debian
// puts them. PostgreSQL refuses to run as root: then it runs as the user postgres,
// or nobody where there is none.
package pgtest
