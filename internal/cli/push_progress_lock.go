package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// lockProgress keeps every other push away from the file of progress at path, until
// unlockProgress or the end of the process, whatever ends it. Without that, two pushes
// which find no such file would each begin a series of their own, and push every line
// twice.
//
// What is locked is a file beside it, for the file itself is another one after each
// commit.
func lockProgress(path string) (*flock.Flock, error) {
	for {
		lock := flock.New(path + ".lock")
		mine, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("keeping other pushes away from %s (--resume names another file for it): %w", path, err)
		}
		if !mine {
			return nil, fmt.Errorf("another push is under way and keeps in %s how far it is: nothing was pushed by this one; wait until that one has ended, or stop it and run this command again, which goes on where it stopped", path)
		}
		current, err := lockIsCurrent(lock)
		if current {
			return lock, nil
		}
		if err := errors.Join(err, lock.Unlock()); err != nil {
			return nil, err
		}
	}
}

// lockIsCurrent tells whether the file that is locked still has its name: the push that
// held it before may have removed it since it was opened here, and then the next one
// locks another file.
func lockIsCurrent(lock *flock.Flock) (bool, error) {
	held, err := lock.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(lock.Path())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(held, named), err
}

// unlockProgress lets the next push at the file of progress. Where an open file cannot
// be removed it stays, as after a kill, which stands in nobody's way.
func unlockProgress(lock *flock.Flock) error {
	_ = os.Remove(lock.Path())
	return lock.Unlock()
}
