// Package protocol holds the messages that socketioxide's adapters exchange and
// their wire forms.
//
// A [Request] says who asks, what is to be done and which sockets are meant; a
// [Response] is one server's answer. The package names no transport: a driver
// takes a Request, appends its wire form to a buffer of its own and hands that
// to the backend. It keeps nothing between calls, and uses no reflection but to read
// JSON.
//
// Facts about the wire were measured against the Rust crates; docs/protocol.md
// tells them in full.
package protocol
