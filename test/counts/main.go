// Command counts turns the events of `go test -json` on its standard input into
// what `go test` prints, and closes with one line of counts:
//
//	go test -json ./... | go run ./test/counts
//
// Of a test that passes nothing is shown, of one that fails all that it printed.
// Why tests were skipped is listed once per reason. The exit code is 1 if
// anything failed, so that it does not depend on the shell's pipefail.
package main

import (
	"fmt"
	"os"
)

func main() {
	report := newReport(os.Stdout)
	err := report.read(os.Stdin)
	report.close()
	if err != nil {
		fmt.Fprintln(os.Stderr, "counts: reading the events of go test:", err)
	}
	if err != nil || report.failed > 0 {
		os.Exit(1)
	}
}
