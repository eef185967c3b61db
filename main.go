// Command simplest_script is the daemon and its command line. This file is the
// plug board: the modules listed here are all that the machine knows of the
// business.
package main

import (
	"os"
	_ "time/tzdata" // time zones by name also where the system has none

	"simplest_script/exec"
	"simplest_script/internal/cli"
	"simplest_script/internal/delay_queue"
	"simplest_script/internal/script"
)

func main() {
	os.Exit(cli.Main(
		delay_queue.Module(),
		script.Module(),
		exec.Module(),
	))
}
