// Package natstest starts a real nats-server for tests of drivers and servers, on a
// free port of 127.0.0.1. Launch is for programs, Start for tests.
//
// scripts/nats-server.sh builds the program of the version in version.txt into the
// cache folder.
package natstest
