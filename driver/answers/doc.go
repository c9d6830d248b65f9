// Package answers is for the authors of drivers: it keeps the subscriptions that
// bring answers back, on a client of any library. A driver tells in a Client how to
// dial and to subscribe, and gets from a Listener what emitter.Listener asks of it.
//
//	Listen → subscription, one a channel → link, one a connection → Conn, the driver's
//
// A subscription is made when a question first needs it, shared by all that follow,
// made again when it was lost, and released when none has needed it for 5 minutes.
package answers
