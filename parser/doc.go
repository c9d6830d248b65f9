// Package parser turns an event and its arguments into the data of a packet, in
// the form of one of the two Socket.IO parsers.
//
// A cluster uses one parser, and its servers and clients must agree on it: a
// value of the other one harms them (docs/protocol.md). One Go value gives a
// client the same JavaScript value with either parser: what encoding/json writes,
// but with a slice of bytes as a binary, at any depth, and without HTML's escapes.
//
// Both parsers walk the value's memory by a plan that is made once for each type,
// with the methods, tags and embedded fields that encoding/json would see; neither
// needs what the other writes. Only JSON that comes as text, in a RawMessage or
// from a MarshalJSON, is read: checked and copied, or turned into msgpack in the
// same pass. A long string, RawMessage or binary is not copied: the value refers
// to it by a splice, and the driver's copy into its message is the only one.
//
// Answers take the other way: [Decode] and [Args].
package parser
