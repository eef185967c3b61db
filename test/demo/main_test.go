package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	const good = `{"delay":{"pushed":3,"done":2,"waiting":0,"retried":1,"failed":1,"late_p99_ms":0.4},"cron":{}}` + "\n"
	tests := []struct{ name, out, want string }{
		{"as promised", good, ""},
		{"nothing", "", "not a JSON object"},
		{"people's text", "starting\n" + good, "not a JSON object"},
		{"two objects", good + good, "more than one JSON object"},
		{"text behind it", good + "bye\n", "or text behind it"},
		{"nothing done", strings.Replace(good, `"done":2`, `"done":0`, 1), "3 delay jobs pushed, 0 done"},
		{"more done than pushed", strings.Replace(good, `"done":2`, `"done":4`, 1), "3 delay jobs pushed, 4 done"},
		{"no lateness", strings.Replace(good, `"late_p99_ms":0.4`, `"late":0.4`, 1), "late_p99_ms is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := check(strings.NewReader(tt.out))
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.want)
			}
		})
	}
}
