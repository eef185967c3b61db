package crontab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Outcomes is a folder in which runs write down how they end before they tell the
// database, which may be away. Where a run's process is gone and its row has no
// outcome, a daemon of this machine looks here.
type Outcomes string

func (o Outcomes) path(r Run) string {
	return filepath.Join(string(o), fmt.Sprintf("%d-%d.json", r.ID, r.Token))
}

// Write keeps the outcome of a run: whole or not at all.
func (o Outcomes) Write(r Run, outcome Outcome) error {
	text, err := json.Marshal(outcome)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(o), 0o750); err != nil {
		return err
	}
	next := o.path(r) + ".new"
	if err := os.WriteFile(next, text, 0o640); err != nil {
		return err
	}
	return os.Rename(next, o.path(r))
}

// Read returns what a run wrote; false where it wrote nothing.
func (o Outcomes) Read(r Run) (outcome Outcome, found bool, err error) {
	text, err := os.ReadFile(o.path(r))
	if errors.Is(err, fs.ErrNotExist) {
		return Outcome{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &outcome)
	}
	if err != nil {
		return Outcome{}, false, fmt.Errorf("reading the outcome that run %d left behind: %w", r.ID, err)
	}
	return outcome, true, nil
}

// Left returns the runs that left an outcome here: their ids and tokens.
func (o Outcomes) Left() (runs []Run) {
	names, err := os.ReadDir(string(o))
	if err != nil {
		return nil // nobody has left any yet
	}
	for _, name := range names {
		var r Run
		if n, _ := fmt.Sscanf(name.Name(), "%d-%d.json", &r.ID, &r.Token); n == 2 && name.Name() == filepath.Base(o.path(r)) {
			runs = append(runs, r)
		}
	}
	return runs
}

// Forget removes what a run wrote, once it stands in the database.
func (o Outcomes) Forget(r Run) {
	_ = os.Remove(o.path(r)) // else it is removed when it is old
}
