package main

import "simplest_script/test/median"

// figures keeps what was measured, by name, one value for each round.
type figures map[string][]float64

func (f figures) add(name string, value float64) { f[name] = append(f[name], value) }

// sum adds to the one value of a name.
func (f figures) sum(name string, value float64) {
	if len(f[name]) == 0 {
		f[name] = []float64{0}
	}
	f[name][0] += value
}

// median returns the median of all rounds, and whether there were any.
func (f figures) median(name string) (float64, bool) {
	if len(f[name]) == 0 {
		return 0, false
	}
	return median.Of(f[name]), true
}
