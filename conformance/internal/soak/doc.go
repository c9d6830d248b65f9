// Package soak has relays, processes of their own, perform many operations from a source
// while everything around them fails: relays are killed and stopped, the source, the
// cluster's Redis and its servers restart, connections are cut and stand still. A ledger
// of what passed the cluster tells whether every operation was performed, and in order.
//
// A run is random by its seed: the same seed makes the same operations and the same
// faults, though not at the same moment of what they meet.
package soak
