// Package drivertest holds the contract that every driver of an emitter passes.
// The test of a driver says in a Harness how to make one and how to see what it
// sends, and calls Run.
package drivertest
