package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// crashText is the most that is told of a crash.
const crashText = 2000

// crashFile is what is left of one process, or belongs to one that lives.
type crashFile struct {
	path    string // where there is nothing any more when it ended in order
	pid     int
	daemons []string // that it was; none where it never was one, or was one of an older version
}

// listCrashes returns what processes have left in the folder, the newest first.
func listCrashes(folder string) ([]crashFile, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for crashes: %w", err)
	}
	var files []crashFile
	for _, entry := range slices.Backward(entries) { // what is of one process stands together
		name := entry.Name()
		stem, ids := strings.CutSuffix(name, daemonsSuffix)
		if ids {
			name = stem + crashSuffix
		}
		_, pid := parseCrashName(name)
		path := filepath.Join(folder, name)
		if pid == 0 {
			continue
		}
		if n := len(files); n == 0 || files[n-1].path != path {
			files = append(files, crashFile{path: path, pid: pid})
		}
		if !ids {
			continue
		}
		if files[len(files)-1].daemons, err = readDaemons(daemonsOf(path)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// crashOf returns the file of the process that was the daemon, or false where there is
// none: it had another home. A daemon of an older version has left its process id alone,
// which others may have had as well: it is the newest of these that is dead.
func crashOf(files []crashFile, daemon string, pid int) (crashFile, bool) {
	for _, f := range files {
		if slices.Contains(f.daemons, daemon) {
			return f, true
		}
	}
	for _, f := range files {
		if f.pid == pid && len(f.daemons) == 0 && !f.living() {
			return f, true
		}
	}
	return crashFile{}, false
}

// living tells whether the process is not dead, as far as the file system knows.
func (f crashFile) living() bool {
	if own := ownCrash.Load(); own != nil && *own == f.path {
		return true
	}
	release, err := takeCrash(f.path)
	if err != nil {
		return errors.Is(err, errCrashHeld)
	}
	_ = release() // it was only read
	return false
}

// tell returns how the process ended; nothing where it ended in order, or has only lost
// its lease and lives.
func (f crashFile) tell() (string, error) {
	living := f.living() // before the text is read: after that the process might write it, and die
	text, err := os.ReadFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("reading a crash: %w", err)
	case len(text) > 0:
		return "the process ended with: " + string(text[:min(len(text), crashText)]), nil
	case living:
		return "", nil
	}
	return "the process said nothing when it ended: it was killed (SIGKILL, or out of memory), or the machine went down", nil
}
