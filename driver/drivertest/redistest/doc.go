// Package redistest starts real Redis servers for tests of drivers: one alone, a
// cluster of three, and a proxy that cuts connections. Servers are started on free
// ports of 127.0.0.1 and ended with the test.
//
// A test that needs a redis-server where there is none is skipped, and fails when
// the environment has CI=true.
package redistest
