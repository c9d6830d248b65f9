package cases

import "slices"

// All is the table: every case that a cluster and an emitter must pass.
func All() []Case {
	return slices.Concat(
		selectCases, addressCases, valueCases(), memberCases, disconnectCases, volumeCases,
		needing(Answers, ackCases, listCases, syncCases, harmCases),
	)
}

// needing adds an ability to what all these cases need.
func needing(ability Ability, tables ...[]Case) []Case {
	all := slices.Concat(tables...)
	for i := range all {
		all[i].Needs |= ability
	}
	return all
}

// For lists the cases that make sense for a World with these abilities.
func For(has Ability) []Case {
	return slices.DeleteFunc(All(), func(c Case) bool { return c.Needs&^has != 0 })
}
