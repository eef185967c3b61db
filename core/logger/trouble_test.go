package logger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/logger"
)

func TestDeletedFileAndFolderComeBack(t *testing.T) {
	o, clock := utc(t)
	s := newSet(t, o)
	log := s.Logger("export")
	path := filepath.Join(o.Path, "export", "2026-11-21.log")
	log.Info("1")

	require.NoError(t, os.Remove(path))
	clock.advance(time.Second)
	log.Info("2")
	require.Equal(t, []string{"2"}, logged(t, path))

	require.NoError(t, os.RemoveAll(o.Path))
	clock.advance(time.Second)
	log.Info("3")
	require.Equal(t, []string{"3"}, logged(t, path))

	require.NoError(t, os.Rename(path, path+".mine"))
	clock.advance(time.Second)
	log.Info("4")
	require.Equal(t, []string{"3"}, logged(t, path+".mine"))
	require.Equal(t, []string{"4"}, logged(t, path))
	require.Zero(t, s.Dropped())
}

func TestFolderThatCannotBeMade(t *testing.T) {
	o, clock := utc(t)
	var stderr bytes.Buffer
	o.Err = &stderr
	writeFile(t, o.Path, "a file stands where the folder should be")
	s := newSet(t, o)
	log := s.Logger("")

	log.Info("lost 1")
	log.Info("lost 2")
	require.EqualValues(t, 2, s.Dropped())
	require.EqualValues(t, 2, s.WriteErrors())
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"), "one notice a minute: %s", &stderr)
	require.Contains(t, stderr.String(), o.Path)
	require.Contains(t, stderr.String(), "1 lines lost so far")

	clock.advance(time.Minute)
	log.Info("lost 3")
	require.Equal(t, 2, strings.Count(stderr.String(), "\n"))
	require.Contains(t, stderr.String(), "3 lines lost so far")

	require.NoError(t, os.Remove(o.Path))
	log.Info("found")
	require.Equal(t, []string{"found"}, loggedIn(t, o.Path))
	require.EqualValues(t, 3, s.Dropped())
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestBrokenStdoutLosesNoLine(t *testing.T) {
	o, _ := utc(t)
	var stderr bytes.Buffer
	o.Stdout, o.Err = broken{}, &stderr
	s := newSet(t, o)
	s.Logger("").Info("line")
	require.Equal(t, []string{"line"}, loggedIn(t, o.Path))
	require.Zero(t, s.Dropped())
	require.EqualValues(t, 1, s.WriteErrors())
	require.Contains(t, stderr.String(), "writing to standard output: broken pipe")
}

// logOneLine writes a line as another process, and prints how many were dropped.
func logOneLine(args []string) error {
	now := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	s, err := logger.New(logger.Options{Path: args[0], Location: time.UTC, Now: now})
	if err != nil {
		return err
	}
	s.Logger("").Info("line")
	_, err = fmt.Fprintln(os.Stdout, "dropped", s.Dropped())
	return errors.Join(err, s.Close())
}
