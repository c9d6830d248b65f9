// Package sourcetest is the contract of [relay.Source] as a suite of tests: every
// source passes [Run] against the real thing that it reads.
package sourcetest
