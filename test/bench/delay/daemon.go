package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// settings is etc/test.yaml of the daemons, which share a home.
const settings = `Name: bench
Host: 127.0.0.1
Port: 0
Mysql:
  %s: %q
Logger:
  Path: logs
  Level: warn
Drain: 60s
`

// daemon is a process that plays a role.
type daemon struct {
	cmd   *exec.Cmd
	stdin io.Closer
	runs  string
}

// launch starts one more daemon.
func (f *fleet) launch(r role) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	d := &daemon{cmd: exec.Command(program), runs: r.Runs}
	d.cmd.Dir = f.home
	d.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + f.home, "SCRIPT_HOME=" + f.home, "SCRIPT_ENV=test",
		"SCRIPT_PARTITION=script" + strconv.Itoa(len(f.daemons)+1), roleVariable + "=" + string(text),
	}
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if d.stdin, err = d.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := d.cmd.Start(); err != nil {
		return err
	}
	number := len(f.daemons)
	f.ears.Go(func() { f.listen(number, out) })
	f.daemons = append(f.daemons, d)
	return nil
}

// read enters what the daemon ran into the journal.
func (d *daemon) read(j *journal) error {
	file, err := os.Open(d.runs)
	if err != nil {
		return err
	}
	defer file.Close()
	for in := bufio.NewReader(file); ; {
		var r run
		if err := binary.Read(in, binary.LittleEndian, &r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		j.ran(int(r.Index), time.Duration(r.Late))
	}
}
