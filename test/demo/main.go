// Command demo runs the demo of a built program in a folder of its own, and
// checks what it promises: exit code 0, and on standard output one JSON object
// that tells of delay jobs done.
//
//	go run ./test/demo bin/simplest_script
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	return check(&out)
}

// summary is the part of the object that is checked; other engines have members beside it.
type summary struct {
	Delay struct {
		Pushed, Done, Waiting, Retried, Failed int
		LateP99                                *float64 `json:"late_p99_ms"`
	}
}

func check(out io.Reader) error {
	var s summary
	d := json.NewDecoder(out)
	if err := d.Decode(&s); err != nil {
		return fmt.Errorf("standard output is not a JSON object: %w", err)
	}
	if d.Decode(new(any)) != io.EOF {
		return errors.New("standard output has more than one JSON object, or text behind it")
	}
	if s.Delay.Done <= 0 || s.Delay.Done > s.Delay.Pushed {
		return fmt.Errorf("%d delay jobs pushed, %d done", s.Delay.Pushed, s.Delay.Done)
	}
	if s.Delay.LateP99 == nil {
		return errors.New("late_p99_ms is missing")
	}
	return nil
}
