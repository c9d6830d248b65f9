// Package mongocheck looks at a cluster on MongoDB. The collection keeps what passed
// in the last minute, so that most of it can be read; servers are asked by probes,
// where the document of a question is removed again by the collection itself.
package mongocheck
