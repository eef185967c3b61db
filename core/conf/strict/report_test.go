package strict_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf/strict"
)

func TestReport(t *testing.T) {
	r := &strict.Report{}
	require.NoError(t, r.Err())
	r.Warnf(strict.Position{File: "b", Line: 9}, "", "a warning")
	r.Notef(strict.Position{}, "a note")
	require.NoError(t, r.Err(), "neither keeps the daemon from starting")

	r.Errorf(strict.Position{File: "a", Line: 10, Column: 2}, "", "no %s", "good")
	r.Errorf(strict.Position{File: "a", Line: 2, Column: 3}, "do this", "bad")
	r.Errorf(strict.Position{File: "b", Line: 1}, "", "worse")
	r.Sort()
	require.Equal(t, []string{"b:1: worse", "b:9: a warning", "a note", "a:2:3: bad (do this)", "a:10:2: no good"}, lines(r))
	require.EqualError(t, r.Err(), "the configuration has errors:\nb:1: worse\na:2:3: bad (do this)\na:10:2: no good")
	require.ErrorIs(t, r.Err(), strict.ErrInvalid)
	require.Equal(t, 3, r.Count(strict.Error))

	got, err := json.Marshal(r.Problems[3])
	require.NoError(t, err)
	require.JSONEq(t, `{"file":"a","line":2,"column":3,"severity":"error","message":"bad","hint":"do this"}`, string(got))
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"abc", "abc", 0},
		{"abc", "abd", 1}, {"abc", "acb", 1}, {"ab", "ba", 1}, {"abcd", "badc", 2},
		{"kitten", "sitting", 3}, {"测试", "测式", 1}, {"ca", "abc", 3},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, strict.Distance(tt.a, tt.b), "%s %s", tt.a, tt.b)
		require.Equal(t, tt.want, strict.Distance(tt.b, tt.a), "%s %s", tt.b, tt.a)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"progress", "max_progress", "status", "key"}
	for word, want := range map[string]string{
		"progres": "progress", "maxprogress": "max_progress", "STATUS": "status", "Key": "key", "kye": "key",
		"xyz": "", "": "", "something": "",
	} {
		require.Equal(t, want, strict.Nearest(word, words), word)
	}
	require.Equal(t, `did you mean "key"?`, strict.Suggest("keys", words))
	require.Empty(t, strict.Suggest("keys", nil))
}
