package cases

import "slices"

// All is the table: every case that a cluster and an emitter must pass.
func All() []Case {
	return slices.Concat(selectCases, addressCases, valueCases(), memberCases, disconnectCases, volumeCases)
}
