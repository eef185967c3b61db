// Command demo runs the demo of a built program in a folder of its own, and
// checks what it promises: exit code 0, and on standard output one JSON object
// that tells of work of all four kinds done, and of delay jobs as their rows do.
//
//	go run ./test/demo bin/simplest_script
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: demo PROGRAM")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(program string) (err error) {
	program, err = filepath.Abs(program)
	if err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "simplest_script_demo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()

	var out bytes.Buffer
	cmd := exec.Command(program, "run", "--demo", "--for", "20s", "--json")
	cmd.Env = append(os.Environ(), "SCRIPT_HOME="+home)
	cmd.Dir, cmd.Stdout, cmd.Stderr = home, &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	fmt.Print(out.String())
	told, err := read(&out)
	if err != nil {
		return err
	}
	rows, err := count(filepath.Join(home, "data", "embedded.db"))
	if err != nil {
		return err
	}
	return told.check(rows)
}
