package crontab_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/svc"
	"simplest_script/core/tool/outage"
	"simplest_script/crontab"
)

// What a test tells the processes that it starts: this same test program.
const (
	dsnVariable  = "CRON_TEST_DSN"
	homeVariable = "CRON_TEST_HOME"
	holdVariable = "CRON_TEST_HOLD" // a file: the child's first act waits until it is there
)

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "task" {
		os.Exit(playTask(os.Args[2], os.Args[3]))
	}
	os.Exit(m.Run())
}

// playTask is what the command task does, with handlers of the test.
func playTask(id, token string) int {
	runID, err := strconv.ParseUint(id, 10, 64)
	start, err2 := strconv.ParseUint(token, 10, 64)
	if errors.Join(err, err2) != nil {
		return 2
	}
	home := os.Getenv(homeVariable)
	if held := os.Getenv(holdVariable); held != "" {
		note(home, "held "+token)
		awaitFile(context.Background(), held)
	}
	services := svc.New(testConf(home, os.Getenv(dsnVariable)), zap.NewNop())
	task := crontab.Task{
		Open: func(ctx context.Context) (*crontab.Ledger, error) {
			db, err := services.Own(ctx)
			return crontab.NewLedger(db), err
		},
		Registry: handlers(home), Outcomes: outcomes(home), Place: crontab.Here(), Self: crontab.Self(), Log: zap.NewNop(),
		Beat: 20 * time.Millisecond, Grace: 50 * time.Millisecond,
	}
	state, err := task.Run(context.Background(), runID, start)
	switch {
	case errors.Is(err, crontab.ErrNotPermitted):
		note(home, "not permitted "+token)
		return 1
	case errors.Is(err, crontab.ErrStuck):
		crontab.EndOwnGroup()
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
	}
	if state != crontab.Success {
		return 1
	}
	return 0
}

func testConf(home, dsn string) *conf.Config {
	cfg := conf.Default()
	cfg.Env, cfg.Home, cfg.OwnMysql = conf.Test, home, "Own"
	cfg.Mysql = map[string]conf.Secret{"Own": conf.Secret(dsn)}
	return cfg
}

func outcomes(home string) crontab.Outcomes {
	return crontab.Outcomes(filepath.Join(home, "outcomes"))
}

// handlers are the tasks of the tests. Each notes when it begins.
func handlers(home string) *core.Registry {
	r := core.NewRegistry()
	add := func(name string, f core.HandlerFunc) {
		r.Add(name, core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
			note(home, "begins "+t.ID)
			return f(ctx, t)
		}))
	}
	add("ok", func(_ context.Context, t *core.Task) error { return t.SetResult(string(t.Payload)) })
	add("fail", func(context.Context, *core.Task) error { return errors.New("no money") })
	add("panic", func(context.Context, *core.Task) error { panic("boom") })
	add("goexit", func(context.Context, *core.Task) error { runtime.Goexit(); return nil })
	add("crash", func(context.Context, *core.Task) error {
		fmt.Fprintln(os.Stderr, "fatal error: out of everything")
		os.Exit(3)
		return nil
	})
	add("gate", func(ctx context.Context, _ *core.Task) error {
		awaitFile(ctx, filepath.Join(home, "gate"))
		return context.Cause(ctx)
	})
	add("deaf", func(context.Context, *core.Task) error { select {} })
	add("parent", func(ctx context.Context, _ *core.Task) error {
		cmd := exec.Command("sleep", "600")
		if err := cmd.Start(); err != nil {
			return err
		}
		note(home, fmt.Sprintf("child %d", cmd.Process.Pid))
		<-ctx.Done()
		return context.Cause(ctx)
	})
	return r
}

// note adds a line to the journal that all processes of a test write.
func note(home, line string) {
	f, err := os.OpenFile(filepath.Join(home, "journal"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(line + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the journal of the test:", err)
		os.Exit(9)
	}
}

// noted returns the lines of the journal that begin with a word.
func noted(home, word string) (lines []string) {
	text, err := os.ReadFile(filepath.Join(home, "journal"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(strings.TrimSpace(line), word+" "); found {
			lines = append(lines, rest)
		}
	}
	return lines
}

// awaitFile waits until a file is there.
func awaitFile(ctx context.Context, path string) {
	for {
		if _, err := os.Stat(path); err == nil || !outage.Sleep(ctx, 10*time.Millisecond) {
			return
		}
	}
}
