// Package doctor looks at a cluster without leaving a trace and says in sentences why
// messages do not arrive, and what to do.
package doctor
