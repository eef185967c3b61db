package text_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"simplest_script/core/tool/text"
)

func TestCutKeepsTheFirstCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, most := rapid.String().Draw(t, "text"), rapid.IntRange(0, 20).Draw(t, "most")
		got := text.Cut(s, most)
		require.Equal(t, min(utf8.RuneCountInString(s), most), utf8.RuneCountInString(got))
		require.Equal(t, s[:len(got)], got)
	})
	require.Equal(t, "短信", text.Cut("短信平台", 2))
}
