package logger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/logger"
)

const noon = "2026-11-21T12:00:00Z"

// utc are Options with a clock that stands at noon.
func utc(t *testing.T) (logger.Options, *hand) {
	clock := at(t, noon)
	return logger.Options{Path: filepath.Join(t.TempDir(), "logs"), Location: time.UTC, Now: clock.Now}, clock
}

func useDefault(t *testing.T, s *logger.Set) {
	logger.SetDefault(s)
	t.Cleanup(func() { logger.SetDefault(nil) })
}

// The original's writer kept lines back for a second, so its users had to sleep.
func TestLineIsInTheFileWhenTheCallReturns(t *testing.T) {
	o, _ := utc(t)
	useDefault(t, newSet(t, o))

	logger.NewLogger("testLog").Info("test log")
	require.Equal(t, []string{"test log"}, logged(t, filepath.Join(o.Path, "testLog", "2026-11-21.log")))

	logger.NewLogger("").Info("main log")
	require.Equal(t, []string{"main log"}, logged(t, filepath.Join(o.Path, "2026-11-21.log")))
}

// The original's writer stopped after its first second.
func TestWritesOnAfterTheFirstSecond(t *testing.T) {
	o, clock := utc(t)
	log := newSet(t, o).Logger("")
	for _, msg := range []string{"1", "2", "3", "4"} {
		log.Info(msg)
		clock.advance(900 * time.Millisecond)
	}
	require.Equal(t, []string{"1", "2", "3", "4"}, logged(t, filepath.Join(o.Path, "2026-11-21.log")))
}

func TestNothingIsOpenedBeforeTheFirstLine(t *testing.T) {
	o, _ := utc(t)
	newSet(t, o).Logger("export")
	require.NoDirExists(t, o.Path)
}

func TestLineBeginsWithTimeLevelAndMessage(t *testing.T) {
	o, _ := utc(t)
	o.Location = time.FixedZone("", 8*3600)
	log := newSet(t, o).Logger("").Named("claimer").With(zap.Int("a", 1))
	log.Warn("slow\nquery", zap.Duration("took", 1500*time.Millisecond))

	text, err := os.ReadFile(filepath.Join(o.Path, "2026-11-21.log"))
	require.NoError(t, err)
	require.Equal(t, `{"time":"2026-11-21T20:00:00.000+08:00","level":"warn","msg":"slow\nquery",`+
		`"a":1,"took":"1.5s","logger":"claimer"}`+"\n", string(text))
}

func TestLevel(t *testing.T) {
	o, _ := utc(t)
	o.Level = "warn"
	s := newSet(t, o)
	log := s.Logger("")
	log.Info("left out")
	log.Warn("warned")
	require.NoError(t, s.SetLevel("debug"))
	log.Debug("debugged")
	require.Equal(t, []string{"warned", "debugged"}, logged(t, filepath.Join(o.Path, "2026-11-21.log")))
	require.EqualError(t, s.SetLevel("fatal"), `unknown log level "fatal": it is one of debug, info, warn, error`)
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]logger.Options{
		"must be an absolute path":  {Path: "logs"},
		"must not be negative":      {Path: t.TempDir(), MaxSize: -1},
		`unknown log level "loud"`:  {Path: t.TempDir(), Level: "loud"},
		"backups -1, age in days 0": {Path: t.TempDir(), MaxBackups: -1},
	} {
		s, err := logger.New(o)
		require.ErrorContains(t, err, name)
		require.Nil(t, s)
	}
}

func TestStdoutIsGivenEachLineAsWell(t *testing.T) {
	o, _ := utc(t)
	var out bytes.Buffer
	o.Stdout = &out
	newSet(t, o).Logger("export").Info("twice")
	inFile, err := os.ReadFile(filepath.Join(o.Path, "export", "2026-11-21.log"))
	require.NoError(t, err)
	require.Equal(t, string(inFile), out.String())
	require.Contains(t, out.String(), "twice")
}

func TestDirStaysInside(t *testing.T) {
	o, _ := utc(t)
	s := newSet(t, o)
	for dir, place := range map[string]string{
		"../../etc/cron.d":       "etc/cron_d",
		`..\..\windows`:          "windows",
		"/var/log":               "var/log",
		"2026-11-21.log":         "2026-11-21_log",
		".housekeeping.lock":     "_housekeeping_lock",
		"导出/a b":                 "导出/a_b",
		"nul\x00byte\n":          "nul_byte_",
		strings.Repeat("x", 300): strings.Repeat("x", 100),
	} {
		s.Logger(dir).Info(dir)
		require.Len(t, logged(t, filepath.Join(o.Path, place, "2026-11-21.log")), 1, dir)
	}
	require.Equal(t, []string{"logs"}, files(t, filepath.Dir(o.Path)))
	require.Zero(t, s.Dropped())
}

// Package-level loggers are made before main has run its first line.
func TestLoggerMadeBeforeTheDefault(t *testing.T) {
	early := logger.NewLogger("early").With(zap.Int("a", 1))
	o, _ := utc(t)
	useDefault(t, newSet(t, o))
	early.Info("later")
	require.Equal(t, []string{"later"}, logged(t, filepath.Join(o.Path, "early", "2026-11-21.log")))
}

func TestWithoutDefaultLinesGoToStandardError(t *testing.T) {
	cmd := child(t, "standIn")
	cmd.Dir = t.TempDir()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run())
	require.Contains(t, stderr.String(), `"msg":"nobody listens"`)
	require.Empty(t, files(t, cmd.Dir))
}

func logWithoutDefault([]string) error {
	logger.NewLogger("x").Info("nobody listens")
	return nil
}

func TestFromCarriesTheTask(t *testing.T) {
	o, _ := utc(t)
	s := newSet(t, o)
	useDefault(t, s)
	task := &core.Task{ID: "17", ExecCmd: "send", Attempt: 2, Payload: []byte("13800138000")}
	require.NoError(t, task.SetResult("code 4711"))

	ctx := logger.WithTask(t.Context(), task)
	logger.From(logger.With(ctx, zap.String("step", "render"))).Info("in the main log")
	text, err := os.ReadFile(filepath.Join(o.Path, "2026-11-21.log"))
	require.NoError(t, err)
	var line map[string]any
	require.NoError(t, json.Unmarshal(text, &line))
	require.Equal(t, map[string]any{
		"time": "2026-11-21T12:00:00.000Z", "level": "info", "msg": "in the main log",
		"task_id": "17", "exec_cmd": "send", "attempt": 2.0, "step": "render",
	}, line)

	ctx = logger.WithTask(logger.Into(t.Context(), s.Logger("own")), task)
	logger.From(ctx).Info("in its own")
	require.Equal(t, []string{"in its own"}, logged(t, filepath.Join(o.Path, "own", "2026-11-21.log")))
}

// The original's Close hung.
func TestCloseDoesNotHang(t *testing.T) {
	o, _ := utc(t)
	var stderr bytes.Buffer
	o.Err = &stderr
	o.MaxSize, o.Compress = 2000, true
	s := newSet(t, o)

	var all sync.WaitGroup
	all.Go(func() { s.Run(context.Background()) })
	started := make(chan struct{}, 4)
	end := make(chan struct{})
	for range 4 {
		all.Go(func() {
			log := s.Logger("busy")
			for {
				log.Info("busy")
				select {
				case started <- struct{}{}:
				case <-end:
					return
				default:
				}
			}
		})
	}
	<-started
	require.NoError(t, s.Close())
	close(end)
	all.Wait()
	require.NoError(t, s.Close())

	stderr.Reset()
	s.Logger("").Info("after the end")
	require.Contains(t, stderr.String(), `"msg":"after the end"`)
	require.Zero(t, s.Dropped())
	s.Run(t.Context()) // returns at once
}

func TestManyGoroutines(t *testing.T) {
	o, _ := utc(t)
	s := newSet(t, o)
	useDefault(t, s)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			ctx := logger.Into(t.Context(), logger.NewLogger([]string{"a", "b"}[i%2]))
			for j := range 200 {
				logger.From(logger.With(ctx, zap.Int("j", j))).Info("line")
				if j%50 == 0 {
					_ = s.SetLevel("info")
				}
			}
		})
	}
	all.Wait()
	require.Len(t, loggedIn(t, filepath.Join(o.Path, "a")), 800)
	require.Len(t, loggedIn(t, filepath.Join(o.Path, "b")), 800)
}
