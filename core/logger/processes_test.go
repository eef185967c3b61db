package logger_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/logger"
)

const (
	writers        = 4
	linesPerWriter = 5000
)

var children = map[string]func(args []string) error{
	"oneLine": logOneLine,
	"standIn": logWithoutDefault,
	"writer":  writeLines,
}

// Four processes share a folder, follow each other from file to file, and each of
// them compresses what is finished while the others write.
func TestProcessesShareAFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "logs")
	var all sync.WaitGroup
	var want []string
	for w := range writers {
		name := fmt.Sprintf("w%d", w)
		for i := range linesPerWriter {
			want = append(want, fmt.Sprintf("%s-%05d", name, i))
		}
		all.Go(func() {
			out, err := child(t, "writer", folder, name).CombinedOutput()
			if err != nil || len(out) > 0 {
				t.Errorf("writer %s: %v: %s", name, err, out)
			}
		})
	}
	all.Wait()

	names := files(t, folder)
	t.Logf("%d lines in %d files", len(want), len(names))
	require.Greater(t, len(names), 20)
	require.Contains(t, strings.Join(names, " "), ".log.gz", "something was compressed on the way")
	require.Equal(t, want, loggedIn(t, folder), "every line once, and whole")
}

func writeLines(args []string) error {
	folder, name := args[0], args[1]
	s, err := logger.New(logger.Options{Path: folder, Location: time.UTC, MaxSize: 16 << 10, Compress: true})
	if err != nil {
		return err
	}
	var house sync.WaitGroup
	house.Go(func() { s.Run(context.Background()) })
	log := s.Logger("")
	for i := range linesPerWriter {
		log.Info(fmt.Sprintf("%s-%05d", name, i))
	}
	err = s.Close()
	house.Wait()
	if n := s.WriteErrors(); n > 0 {
		return fmt.Errorf("%d errors", n)
	}
	return err
}
