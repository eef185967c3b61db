package conf

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"simplest_script/core/conf/strict"
)

var partitionPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,20}$`)

// locate fills in the environment, the partition and the home of c. It returns
// false where one of them is wrong, since then no file can be named.
func (c *Config) locate(home string, v *variables) bool {
	before := v.report.Count(strict.Error)
	c.locateEnvironment(v)
	c.locatePartition(v)
	c.locateHome(home, v)
	return v.report.Count(strict.Error) == before
}

// locateEnvironment refuses a value that is set but empty as well: in production
// that is a script whose own variable was missing, and dev would be wrong.
func (c *Config) locateEnvironment(v *variables) {
	value, set := v.get("SCRIPT_ENV")
	if !set {
		return
	}
	if env := Environment(value); slices.Contains(Environments(), env) {
		c.Env = env
		return
	}
	words := []string{string(Dev), string(Test), string(Pre), string(Release)}
	v.report.Errorf(Position{File: "SCRIPT_ENV"}, strict.Suggest(value, words),
		"wants dev, test, pre or release, got %q", value)
}

func (c *Config) locatePartition(v *variables) {
	value, set := v.get("SCRIPT_PARTITION")
	switch {
	case !set:
	case partitionPattern.MatchString(value):
		c.Partition = value
	default:
		v.report.Errorf(Position{File: "SCRIPT_PARTITION"}, "such as script1",
			"wants 1 to 20 letters, digits, - or _, got %q", value)
	}
}

// locateHome takes the folder that is asked for, or else the working directory if
// it has an etc folder, or else the folder of the program.
func (c *Config) locateHome(home string, v *variables) {
	origin := "--home"
	variable, set := v.get("SCRIPT_HOME")
	if home == "" && set {
		home, origin = variable, "SCRIPT_HOME"
		if home == "" {
			v.report.Errorf(Position{File: origin}, "", "set, but empty")
			return
		}
	}
	if home == "" {
		home, origin = ".", "the working directory"
		if !isFolder("etc") {
			home, origin = programFolder(), "the folder of the program"
		}
	}
	absolute, err := filepath.Abs(home)
	if err != nil || !isFolder(absolute) {
		v.report.Errorf(Position{File: origin}, "", "%s is not a folder", home)
		return
	}
	c.Home = absolute
}

// programFolder is the folder in which this program lies, behind symbolic links.
func programFolder() string {
	path, err := os.Executable()
	if err != nil {
		return "."
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Dir(path)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// shown is a path as messages have it: short below the working directory, where a
// terminal or an editor can follow it, and absolute elsewhere.
func shown(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}
