package median_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/test/median"
)

func TestMedian(t *testing.T) {
	rounds := []float64{5, 1, 4, 2, 3}
	require.InDelta(t, 3, median.Of(rounds), 0)
	require.Equal(t, []float64{5, 1, 4, 2, 3}, rounds, "the order of the rounds stays")
	require.Equal(t, 2, median.Of([]int{9, 2, 1, 3}), "of two the smaller")
}
