package cli

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gofrs/flock"
)

// position is how far a push of a file is.
type position struct {
	Step    int     `json:"step"`              // counts the commits
	Line    int     `json:"line"`              // all lines up to this one are pushed, or are among Refused
	Jobs    int     `json:"jobs"`              // pushed
	Sum     lineSum `json:"sum"`               // of the lines pushed
	Refused []int   `json:"refused,omitempty"` // lines that were wrong
}

// mark is what the database notes in the transaction of the jobs.
func (p position) mark() string { return strconv.Itoa(p.Step) }

// refused tells whether a line was wrong.
func (p position) refused(line int) bool {
	_, found := slices.BinarySearch(p.Refused, line)
	return found
}

// lineSum tells whether lines are those that were pushed, in whatever order that
// was done: the sums of the single lines are added bit by bit.
type lineSum [sha256.Size]byte

func (s *lineSum) add(l jobLine) {
	one := sha256.Sum256(fmt.Appendf(nil, "%d %s", l.number, l.text))
	for i := range s {
		s[i] ^= one[i]
	}
}

// MarshalText implements encoding.TextMarshaler.
func (s lineSum) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(s[:])), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *lineSum) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(s)) {
		return errors.New("not a sum of lines")
	}
	_, err := hex.Decode(s[:], text)
	return err
}

// progress is the file in which a push keeps how far it is. It is written before
// each commit, with the position before and after it; which of the two is true
// then stands in the database, where the mark moves together with the jobs.
type progress struct {
	path string       // empty: nothing is kept
	lock *flock.Flock // nil: as above

	Series   string    `json:"series"` // names the mark in the database
	Done     position  `json:"done"`
	Next     *position `json:"next,omitempty"` // where a commit was begun
	Finished bool      `json:"finished"`       // there is nothing left to push
}

// openProgress reads the file at path, or begins anew where there is none. No other
// push comes at it before close.
func openProgress(path string) (*progress, error) {
	if path == "" {
		return &progress{Series: rand.Text()}, nil
	}
	lock, err := lockProgress(path)
	if err != nil {
		return nil, err
	}
	p, err := readProgress(path)
	if err != nil {
		return nil, errors.Join(err, unlockProgress(lock))
	}
	p.lock = lock
	return p, nil
}

func readProgress(path string) (*progress, error) {
	p := &progress{path: path, Series: rand.Text()}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading how far the push is: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	p.Series = ""
	if err = decoder.Decode(p); err == nil && p.Series == "" {
		err = errors.New("it names no series")
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not tell how far the push is, it is damaged or another file: %w", path, err)
	}
	return p, nil
}

// save puts the file in the place of the old one, so that a kill leaves one of both.
func (p *progress) save() error {
	if p.path == "" {
		return nil
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(p.path, append(data, '\n')); err != nil {
		return fmt.Errorf("keeping how far the push is (--resume names another file for it): %w", err)
	}
	return nil
}

// replaceFile writes a file beside path, has it on the disk, and renames it.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, written := f.Write(data)
	if err := errors.Join(written, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// remove forgets the push.
func (p *progress) remove() error {
	if p.path == "" {
		return nil
	}
	if err := os.Remove(p.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// close lets other pushes at the file.
func (p *progress) close() error {
	if p.lock == nil {
		return nil
	}
	return unlockProgress(p.lock)
}
