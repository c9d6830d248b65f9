//go:build nocommon && nomsgpack

package parser

// coding is empty in a build without parsers.
type coding struct{}

func (coding) begin()  {}
func (coding) shrink() {}
