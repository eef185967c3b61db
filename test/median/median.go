// Package median says what several rounds of a measurement come to.
package median

import (
	"cmp"
	"slices"
)

// Of returns the value in the middle, of two the smaller. There must be one.
func Of[T cmp.Ordered](rounds []T) T {
	return slices.Sorted(slices.Values(rounds))[(len(rounds)-1)/2]
}
