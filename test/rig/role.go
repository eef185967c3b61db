//go:build unix

package rig

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"simplest_script/internal/cli"
)

// What World tells a process that it starts, beside the daemon's own variables.
const (
	roleVariable    = "RIG_ROLE"
	journalVariable = "RIG_JOURNAL" // a folder
	gateVariable    = "RIG_GATE"    // host:port
	orderVariable   = "RIG_ORDER"   // JSON, of a pusher
	novelVariable   = "RIG_NOVEL"   // set: this daemon is of a version that knows the kind Novel
	clockVariable   = "RIG_CLOCK"   // set: somebody sets the clock of this daemon's machine all the time
)

const (
	roleDaemon = "daemon"
	rolePusher = "pusher"
)

// Exit codes of a process that could not play its role.
const (
	exitOrphan  = 90
	exitUseless = 91
)

// PlayRole returns at once in the test itself. In a process that World started it
// is all that happens.
func PlayRole() {
	var play func(*journal) (int, error)
	switch os.Getenv(roleVariable) {
	case roleDaemon:
		play = playDaemon
	case rolePusher:
		play = playPusher
	default:
		return
	}
	go endWithParent()
	code, err := func() (int, error) {
		j, err := openJournal(os.Getenv(journalVariable))
		if err != nil {
			return exitUseless, err
		}
		return play(j)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
	}
	os.Exit(code)
}

// endWithParent ends this process when the test has ended, however it did: then
// the other end of standard input is closed.
func endWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(exitOrphan)
}

// playDaemon is what main does, with the rig's module in the place of the business.
func playDaemon(j *journal) (int, error) {
	given := cli.IO{In: strings.NewReader(""), Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}
	if os.Getenv(clockVariable) != "" {
		given.Clock = jumpingClock{}
	}
	return cli.Execute(context.Background(), []string{"run"}, given, module(j)), nil
}
