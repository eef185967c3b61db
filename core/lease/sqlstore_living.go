package lease

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Living implements Store. Every daemon calls it every second, so it reads the
// counters only; what never changes of a daemon, the long list of its kinds above
// all, is read once, when its id is seen for the first time.
func (s *SQLStore) Living(ctx context.Context) ([]Daemon, error) {
	daemons, err := s.counters(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the living daemons: %w", err)
	}
	old := s.knownNow()
	learned, err := s.learn(ctx, daemons, old)
	if err != nil {
		return nil, fmt.Errorf("reading what new daemons announce: %w", err)
	}
	known := make(map[string]Daemon, len(daemons)) // without those that died
	living := make([]Daemon, 0, len(daemons))
	for _, d := range daemons {
		k, ok := old[d.ID]
		if !ok {
			k, ok = learned[d.ID]
		}
		if !ok {
			continue // deleted between the two reads
		}
		known[d.ID] = k
		d.Identity, d.StartedAt = k.Identity, k.StartedAt
		living = append(living, d)
	}
	s.setKnown(known)
	return living, nil
}

// The maps of known daemons are never changed, only replaced.

func (s *SQLStore) knownNow() map[string]Daemon {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

func (s *SQLStore) setKnown(known map[string]Daemon) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = known
}

func (s *SQLStore) counters(ctx context.Context) ([]Daemon, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, seq, beat_at FROM script_daemon WHERE dead = 0")
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(d *Daemon) error { return rows.Scan(&d.ID, &d.Seq, &d.BeatAt) })
}

// learn reads what does not change of those daemons that are not known.
func (s *SQLStore) learn(ctx context.Context, daemons []Daemon, known map[string]Daemon) (map[string]Daemon, error) {
	var unknown []any
	for _, d := range daemons {
		if _, ok := known[d.ID]; !ok {
			unknown = append(unknown, d.ID)
		}
	}
	if len(unknown) == 0 {
		return nil, nil
	}
	rows, err := s.db.QueryContext(ctx, "SELECT id, host, pid, `partition`, env, version, kinds, started_at"+
		" FROM script_daemon WHERE id IN (?"+strings.Repeat(", ?", len(unknown)-1)+")", unknown...)
	if err != nil {
		return nil, err
	}
	list, err := scanAll(rows, func(d *Daemon) error {
		var kinds []byte
		if err := rows.Scan(&d.ID, &d.Host, &d.PID, &d.Partition, &d.Env, &d.Version, &kinds, &d.StartedAt); err != nil {
			return err
		}
		if err := json.Unmarshal(kinds, &d.Kinds); err != nil {
			return fmt.Errorf("the column kinds of row %s is no JSON list of names (correct it, or set dead=1 there): %w", d.ID, err)
		}
		return nil
	})
	learned := make(map[string]Daemon, len(list))
	for _, d := range list {
		learned[d.ID] = d
	}
	return learned, err
}

// scanAll reads all rows with scan and closes them.
func scanAll(rows *sql.Rows, scan func(*Daemon) error) (daemons []Daemon, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var d Daemon
		if err := scan(&d); err != nil {
			return nil, err
		}
		daemons = append(daemons, d)
	}
	return daemons, rows.Err()
}
