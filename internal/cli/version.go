package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// versionJSON is what version tells a script.
type versionJSON struct {
	Version  string   `json:"version"`
	Commit   string   `json:"commit,omitempty"`
	Time     string   `json:"commit_time,omitempty"`
	Modified bool     `json:"modified"` // built from files that were not committed
	Go       string   `json:"go"`
	OS       string   `json:"os"`
	Arch     string   `json:"arch"`
	Modules  []string `json:"modules"`
}

func (p *program) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show which version this is, and what it is made of.",
		Example: `  simplest_script version
  simplest_script version --json | jq -r .commit`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := p.version()
			if asJSON {
				return p.printJSON(v)
			}
			fmt.Fprintf(p.Out, "simplest_script %s\n", v.Version)
			if v.Commit != "" {
				fmt.Fprintf(p.Out, "  commit   %s of %s%s\n", v.Commit, v.Time, map[bool]string{true: ", with changes"}[v.Modified])
			}
			fmt.Fprintf(p.Out, "  go       %s on %s/%s\n  modules  %s\n", v.Go, v.OS, v.Arch, strings.Join(v.Modules, ", "))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) version() versionJSON {
	v := versionJSON{Version: buildVersion(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Modules: []string{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.time":
				v.Time = s.Value
			case "vcs.modified":
				v.Modified = s.Value == "true"
			}
		}
	}
	for _, m := range p.modules {
		v.Modules = append(v.Modules, m.Name)
	}
	return v
}
