// Package conformance is the judge: it runs real servers on the socketioxide crates, a real Redis or PostgreSQL or a
// stand-in for MongoDB, and real JavaScript clients, and checks for every case of internal/cases what each client
// received. `go test` in this folder runs it and prints the table; setup.sh builds what it needs.
package conformance
