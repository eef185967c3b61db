package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	crashSuffix   = ".txt"
	daemonsSuffix = ".daemons"
)

// daemonsOf returns the path of what stands beside the file for a crash: the ids of the
// daemons that the process was, one in a line. It is another one with each lease.
func daemonsOf(crash string) string { return strings.TrimSuffix(crash, crashSuffix) + daemonsSuffix }

// noteDaemon writes down that this process is a daemon from now on. By that its file is
// found when it is dead: its process id other processes have as well, in a container
// all of them, and its times are those of another clock than the database's.
func (m *Machine) noteDaemon(id string) error {
	own := ownCrash.Load()
	if own == nil || filepath.Dir(*own) != m.crashFolder() {
		return nil // catchCrash has said why
	}
	file, err := os.OpenFile(daemonsOf(*own), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err == nil {
		_, err = file.WriteString("\n" + id + "\n") // the last one may have been cut off, where the disk was full
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fmt.Errorf("noting which daemon this process is: %w", err)
	}
	return nil
}

// readDaemons returns the ids; none where nobody has noted any.
func readDaemons(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading which daemons a process was: %w", err)
	}
	return strings.Fields(string(text)), nil
}
