// Package tap watches the requests of a cluster as they pass, without being counted
// as one of its servers.
package tap
