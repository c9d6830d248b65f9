// Package emittertest helps to test programs that use package emitter, without a
// network.
package emittertest
