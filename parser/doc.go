// Package parser turns an event and its arguments into the data of a packet, in
// the form of one of the two Socket.IO parsers.
//
// A cluster uses one parser, and its servers and clients must agree on it: a
// value of the other one harms them (docs/protocol.md). One Go value gives a
// client the same JavaScript value with either parser.
package parser
