package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// File is the name of the file that holds the addresses, in the folder of the data.
const File = "embedded.json"

// address is an entry of the file. Only Addr is read by programs.
type address struct {
	Addr  string    `json:"addr"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// find returns the address of a service, or "" where none is written.
func find(dir, name string) (string, error) {
	all, err := read(dir)
	return all[name].Addr, err
}

func publish(dir, name, addr string) error {
	return change(dir, func(all map[string]address) {
		all[name] = address{Addr: addr, PID: os.Getpid(), Since: time.Now().Truncate(time.Second)}
	})
}

func withdraw(dir, name string) error {
	return change(dir, func(all map[string]address) { delete(all, name) })
}

// change rewrites the file under a lock, because each service may be another
// process's. Readers need none: the file is replaced as a whole. A file without
// an address is removed.
func change(dir string, edit func(map[string]address)) (err error) {
	lock := flock.New(filepath.Join(dir, File+".lock"))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("locking the addresses of the embedded services: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	all, err := read(dir)
	if err != nil {
		return err
	}
	edit(all)
	path := filepath.Join(dir, File)
	if len(all) == 0 {
		err = os.Remove(path)
	} else {
		err = replace(path, all)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing the addresses of the embedded services: %w", err)
	}
	return nil
}

func read(dir string) (map[string]address, error) {
	all := map[string]address{}
	path := filepath.Join(dir, File)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the addresses of the embedded services: %w", err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s is damaged (remove it while no daemon runs): %w", path, err)
	}
	return all, nil
}

func replace(path string, all map[string]address) error {
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	next := path + ".next"
	if err := os.WriteFile(next, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}
