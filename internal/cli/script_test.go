package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	_ "time/tzdata" // the scripts are in Asia/Shanghai

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/core/tool/sqldb"
	"simplest_script/internal/cli"
	"simplest_script/test/dbtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"simplest_script": func() { os.Exit(cli.Main(shop())) }})
}

// shop is the business of the program that the scripts run.
func shop() plug.Module {
	done := core.HandlerFunc(func(_ context.Context, t *core.Task) error { return t.SetResult("sent") })
	fails := core.HandlerFunc(func(context.Context, *core.Task) error { return fmt.Errorf("no such order: %w", core.ErrSkipRetry) })
	long := core.HandlerFunc(func(_ context.Context, t *core.Task) error { return t.SetResult(strings.Repeat("很长", 400)) })
	table := fstest.MapFS{"00001_shop_order.sql": {Data: []byte("-- +goose Up\nCREATE TABLE IF NOT EXISTS shop_order (id int);\n")}}
	return plug.Module{
		Name: "shop",
		Handlers: func(h plug.Handlers, _ *svc.Services) {
			h.Delay.Add("mail", done, core.MaxAttempts(3))
			h.Delay.Add("invoice", fails)
			h.Delay.Add("report", long)
			h.Consumer.Add("order_paid", done)
			h.Consumer.Add("greet_list", greeted("list"))
			h.Consumer.Add("greet_topic", greeted("topic"))
			h.Cron.Add("close_day", core.HandlerFunc(closeDay))
		},
		Section: conf.Section{Name: "Shop", Into: &struct {
			Rate   int
			APIKey conf.Secret
		}{}},
		Tables: plug.Tables{MySQL: table, SQLite: table},
		Commands: func(open plug.Opener) []*cobra.Command {
			return []*cobra.Command{{
				Use: "greet NAME", Short: "Greet somebody.", Args: cobra.ExactArgs(1),
				RunE: func(cmd *cobra.Command, words []string) error {
					_, closeAll, err := open(cmd.Context())
					if err != nil {
						return err
					}
					cmd.Println("hello " + words[0])
					return closeAll()
				},
			}}
		},
	}
}

// greeted writes each message to a file that a script can look at.
func greeted(from string) core.HandlerFunc {
	return func(_ context.Context, t *core.Task) error {
		f, err := os.OpenFile("greeted", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(f, "%s: %s\n", from, strings.TrimSpace(string(t.Payload)+" "+string(t.Key)))
		return errors.Join(err, f.Close())
	}
}

func closeDay(_ context.Context, t *core.Task) error {
	if string(t.Payload) == "ink" {
		return errors.New("out of ink")
	}
	return t.SetResult("sent")
}

// The scripts are the documentation of the commands.
func TestScripts(t *testing.T) {
	runScripts(t, sqldb.SQLite, "testdata/script/*.txtar")
}

// What works on a database is the same on a real one.
func TestScriptsOnMySQL(t *testing.T) {
	if os.Getenv("TEST_MYSQL_DSN") == "" {
		t.Skip("TEST_MYSQL_DSN is not set: left out on MySQL")
	}
	runScripts(t, sqldb.MySQL, "testdata/script/push*.txtar", "testdata/script/jobs*.txtar", "testdata/script/migrate*.txtar")
}

func runScripts(t *testing.T, d sqldb.Dialect, patterns ...string) {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found)
		files = append(files, found...)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "sql": runSQL},
		Condition:           func(c string) (bool, error) { return c == string(d), known(c) },
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0") // a second for each command is too much
			if d == sqldb.MySQL {
				env.Setenv("SCRIPT_MYSQL_DBCONSOLE", dbtest.Config(t, d).Mysql[dbtest.Own].Reveal())
			}
			return nil
		},
	})
}

func known(condition string) error {
	if condition == string(sqldb.MySQL) || condition == string(sqldb.SQLite) {
		return nil
	}
	return fmt.Errorf("no condition %q", condition)
}

// exits runs a command that must end with a certain code: exits 2 COMMAND…
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var ended *exec.ExitError
	got := 0
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// runSQL runs one statement on the daemon's own database.
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	c, _ := conf.Load(conf.Options{Home: ts.Getenv("WORK"), Environ: []string{
		"SCRIPT_MYSQL_DBCONSOLE=" + or(ts.Getenv("SCRIPT_MYSQL_DBCONSOLE"), conf.Embedded),
	}})
	s := svc.New(c, zap.NewNop())
	db, err := s.Own(context.Background())
	ts.Check(err)
	_, err = db.ExecContext(context.Background(), args[0])
	ts.Check(errors.Join(err, s.Close()))
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
