package conf_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

// robot is the section of a module.
type robot struct {
	WechatUrl string
	Secret    conf.Secret
	Retries   int
	Targets   []target
}

type target struct {
	Name     string
	Password conf.Secret
}

// house is a home folder to be, and what is around it.
type house struct {
	env     string            // of SCRIPT_ENV; empty: not set, which is dev
	yaml    string            // of etc/<env>.yaml; empty: no file
	queue   string            // of etc/queue_script1.json; empty: no file
	crontab string            // of etc/crontab_script1.json; empty: no file
	files   map[string]string // further ones, by path below the home
	environ []string
	robot   *robot // section Robot, where it is not nil
}

// load builds the house in a folder of its own, works in it, and loads it.
func (h house) load(t *testing.T) (*conf.Config, *conf.Report) {
	t.Helper()
	return conf.Load(h.build(t))
}

func (h house) build(t *testing.T) conf.Options {
	t.Helper()
	home := t.TempDir()
	t.Chdir(home)
	env, environ := "dev", h.environ
	if h.env != "" {
		env, environ = h.env, append([]string{"SCRIPT_ENV=" + h.env}, environ...)
	}
	files := map[string]string{
		"etc/" + env + ".yaml":     h.yaml,
		"etc/queue_script1.json":   h.queue,
		"etc/crontab_script1.json": h.crontab,
		"etc/.there":               " ",
	}
	for path, text := range h.files {
		files[path] = text
	}
	for path, text := range files {
		if text == "" {
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	opts := conf.Options{
		Environ: environ,
		Known: conf.Known{
			Cron:     []string{"crontab_track"},
			Consumer: []string{"kafka_test", "redis_test"},
			Delay:    []string{"sms_send", "mail_send"},
		},
	}
	if h.robot != nil {
		opts.Sections = []conf.Section{{Name: "Robot", Into: h.robot}}
	}
	return opts
}

// complaints are the errors and warnings of a report, as a person reads them.
func complaints(r *conf.Report) []string {
	var all []string
	for _, p := range r.Problems {
		if p.Severity != "note" {
			all = append(all, string(p.Severity)+": "+p.String())
		}
	}
	return all
}
