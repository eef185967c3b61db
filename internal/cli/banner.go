package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"simplest_script/core/conf"
	"simplest_script/internal/app"
)

// showBanner tells a person what is being started and why each entry is active
// or not.
func showBanner(w io.Writer, m *app.Machine) {
	c := m.Config
	fmt.Fprintf(w, "simplest_script %s\n", buildVersion())
	fmt.Fprintf(w, "  environment  %s   partition %s   time zone %s\n", c.Env, c.Partition, c.Location)
	fmt.Fprintf(w, "  home         %s\n", c.Home)
	fmt.Fprintf(w, "  files        %s\n", strings.Join(relative(c.Home, c.Files), ", "))
	fmt.Fprintf(w, "  tables in    %s\n", placeOf(c))
	fmt.Fprintf(w, "  delay jobs   %s\n", strings.Join(m.Handlers.Delay.Names(), ", "))
	for _, e := range c.Queue {
		source := "topic " + e.Topic
		if e.Key != "" {
			source = "list " + e.Key
		}
		fmt.Fprintf(w, "  consumer     %s (%s, %s): %s\n", e.ExecCmd, e.Name, source, standing(e.Entry))
	}
	for _, e := range c.Crontab {
		fmt.Fprintf(w, "  cron         %s (%s, %s): %s\n", e.ExecCmd, e.Name, e.Cron, standing(e.Entry))
	}
	for _, problem := range m.Report.Problems {
		fmt.Fprintf(w, "  %-12s %s\n", problem.Severity, problem)
	}
	fmt.Fprintln(w)
}

// standing says whether an entry works here, and if not, why.
func standing(e conf.Entry) string {
	if e.Active {
		return "active"
	}
	return "inactive, " + e.Reason
}

// placeOf names the database with the daemon's own tables.
func placeOf(c *conf.Config) string {
	if c.Mysql[c.OwnMysql].Reveal() == conf.Embedded {
		return "SQLite, embedded: " + filepath.Join("data", "embedded.db") + " (for development)"
	}
	return "MySQL connection " + c.OwnMysql
}

func relative(home string, files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		if rel, err := filepath.Rel(home, f); err == nil {
			f = rel
		}
		out[i] = f
	}
	if len(out) == 0 {
		return []string{"none: built-in defaults"}
	}
	return out
}

// showReady tells that work is taken from now on.
func showReady(w io.Writer, after time.Duration, address string, length time.Duration) {
	fmt.Fprintf(w, "ready after %s", after.Round(time.Millisecond))
	if address != "" {
		fmt.Fprintf(w, ", health at http://%s/readyz", address)
	}
	if length > 0 {
		fmt.Fprintf(w, ", stops by itself after %s", length)
	}
	fmt.Fprint(w, "\n\n")
}
