// Package bursts sends bursts of events through real servers to clients that count them, and tells where what did not
// arrive was lost: in the servers' own queues or in those of the clients.
package bursts
