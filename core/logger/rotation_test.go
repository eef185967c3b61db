package logger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/logger"
)

// The original kept one file over midnight.
func TestChangesFileAtMidnight(t *testing.T) {
	for _, c := range []struct{ zone, before, first, second string }{
		{"UTC", "2026-11-21T23:59:59.999Z", "2026-11-21.log", "2026-11-22.log"},
		{"Asia/Shanghai", "2026-11-21T15:59:59.999Z", "2026-11-21.log", "2026-11-22.log"},
		{"America/New_York", "2027-01-01T04:59:59.999Z", "2026-12-31.log", "2027-01-01.log"},
		// On this day the clocks went from 23:59:59 to 01:00:00.
		{"America/Sao_Paulo", "2018-11-04T02:59:59.999Z", "2018-11-03.log", "2018-11-04.log"},
	} {
		t.Run(c.zone, func(t *testing.T) {
			clock := at(t, c.before)
			zone, err := time.LoadLocation(c.zone)
			require.NoError(t, err)
			path := t.TempDir()
			log := newSet(t, logger.Options{Path: path, Location: zone, Now: clock.Now}).Logger("")
			log.Info("before")
			clock.advance(time.Millisecond)
			log.Info("after")
			clock.advance(-time.Millisecond) // a goroutine that was slow to hand its line over
			log.Info("late")
			require.Equal(t, []string{"before", "late"}, logged(t, filepath.Join(path, c.first)))
			require.Equal(t, []string{"after"}, logged(t, filepath.Join(path, c.second)))
		})
	}
}

// The original deadlocked when it rotated.
func TestRotationDoesNotDeadlock(t *testing.T) {
	o, _ := utc(t)
	o.MaxSize = 1000
	s := newSet(t, o)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 100 {
				s.Logger("").Info(fmt.Sprintf("%d-%03d", i, j))
			}
		})
	}
	all.Wait()
	names := files(t, o.Path)
	require.Greater(t, len(names), 20)
	require.Contains(t, names, "2026-11-21.1.log")
	require.Contains(t, names, "2026-11-21.20.log")
	for _, name := range names {
		info, err := os.Stat(filepath.Join(o.Path, name))
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), o.MaxSize, name)
	}
	var want []string
	for i := range 4 {
		for j := range 100 {
			want = append(want, fmt.Sprintf("%d-%03d", i, j))
		}
	}
	require.Equal(t, want, loggedIn(t, o.Path))
}

func TestLineLargerThanAFileStaysWhole(t *testing.T) {
	o, _ := utc(t)
	o.MaxSize = 100
	log := newSet(t, o).Logger("")
	large := strings.Repeat("x", 70_000)
	log.Info(large)
	log.Info("next")
	require.Equal(t, []string{large}, logged(t, filepath.Join(o.Path, "2026-11-21.log")))
	require.Equal(t, []string{"next"}, logged(t, filepath.Join(o.Path, "2026-11-21.1.log")))
}

// A numbered file that was compressed is over, even where it is the newest.
func TestStartContinuesTheNewestFile(t *testing.T) {
	o, _ := utc(t)
	writeFile(t, filepath.Join(o.Path, "2026-11-21.log"), "")
	writeFile(t, filepath.Join(o.Path, "2026-11-21.9.log"), "")
	writeFile(t, filepath.Join(o.Path, "2026-11-21.10.log"), `{"msg":"earlier"}`+"\n")
	newSet(t, o).Logger("").Info("continued")
	require.Equal(t, []string{"earlier", "continued"}, logged(t, filepath.Join(o.Path, "2026-11-21.10.log")))

	writeFile(t, filepath.Join(o.Path, "2026-11-21.11.log.gz"), "")
	newSet(t, o).Logger("").Info("new")
	require.Equal(t, []string{"new"}, logged(t, filepath.Join(o.Path, "2026-11-21.12.log")))
}

// A process that is killed, or a disk that is full, may leave half a line.
func TestTornLineSpoilsNoOther(t *testing.T) {
	o, _ := utc(t)
	path := filepath.Join(o.Path, "2026-11-21.log")
	writeFile(t, path, `{"msg":"whole"}`+"\n"+`{"msg":"to`)
	log := newSet(t, o).Logger("")
	log.Info("next")
	log.Info("last")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	require.Len(t, lines, 5)
	require.Equal(t, `{"msg":"to`, lines[1])
	require.Contains(t, lines[2], `"msg":"next"}`)
	require.Contains(t, lines[3], `"msg":"last"}`)
	require.Empty(t, lines[4])
}
