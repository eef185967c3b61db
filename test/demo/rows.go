package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"

	_ "github.com/glebarez/go-sqlite" // registers the driver "sqlite"

	"simplest_script/core"
)

// count reads from the embedded database of a program that has ended what became of
// the demo's jobs. Each attempt but the one that ended a job was to be tried again.
func count(path string) (f figures, err error) {
	if _, err := os.Stat(path); err != nil {
		return f, fmt.Errorf("looking for the database of the demo: %w", err) // opening would make an empty one
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return f, fmt.Errorf("opening the database of the demo: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRow(`
		SELECT COUNT(*), COALESCE(SUM(status = ?1), 0), COALESCE(SUM(status = ?2), 0), COALESCE(SUM(status = ?3), 0),
			COALESCE(SUM(CASE WHEN status IN (?1, ?2) THEN attempts - 1 ELSE attempts END), 0)
		FROM delay_queue_log WHERE exec_cmd LIKE 'demo_%'`,
		int(core.DelayDone), int(core.DelayFailed), int(core.DelayWaiting)).
		Scan(&f.Pushed, &f.Done, &f.Failed, &f.Waiting, &f.Retried)
	if err != nil {
		return f, fmt.Errorf("counting the rows of the demo: %w", err)
	}
	return f, nil
}
