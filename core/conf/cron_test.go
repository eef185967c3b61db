package conf_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

func TestParseCron(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	from := time.Date(2026, time.February, 28, 12, 0, 0, 0, time.UTC) // 20:00 in Shanghai
	tests := []struct{ spec, next string }{
		{"0 * * * * *", "2026-02-28T12:01:00Z"},
		{"*/10 * * * * *", "2026-02-28T12:00:10Z"},
		{"23 */30 * * * *", "2026-02-28T12:00:23Z"},
		{"0 15 */2 * * *", "2026-02-28T12:15:00Z"},
		{"0 0 2 * * *", "2026-02-28T18:00:00Z"}, // two o'clock in Shanghai
		{"TZ=UTC 0 0 2 * * *", "2026-03-01T02:00:00Z"},
		{"CRON_TZ=America/New_York 0 0 2 * * *", "2026-03-01T07:00:00Z"},
		{"0 0 0 29 2 *", "2028-02-28T16:00:00Z"},
		{"0 0 0 ? JAN-mar Sun,1-3/2", "2026-02-28T16:00:00Z"},
		{"@daily", "2026-02-28T16:00:00Z"},
		{"@every 1h30m", "2026-02-28T13:30:00Z"},
	}
	for _, tt := range tests {
		schedule, err := conf.ParseCron(tt.spec, shanghai)
		require.NoError(t, err, tt.spec)
		require.Equal(t, tt.next, schedule.Next(from).UTC().Format(time.RFC3339), tt.spec)
	}
}
