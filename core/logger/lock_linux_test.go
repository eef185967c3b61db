package logger

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Writers open a file in the very moment in which it is compressed and deleted,
// over and over. What they wrote is in one of the compressed files.
func TestWriterAndCompressorMeetAtOneFile(t *testing.T) {
	const writes = 2000
	path := filepath.Join(t.TempDir(), "2026-11-21.log")
	var writers sync.WaitGroup
	for range 2 {
		writers.Go(func() {
			for done := 0; done < writes; {
				switch file, err := openLog(path, false); {
				case err == nil:
					_, err = file.WriteString("x")
					if err := errors.Join(err, file.Close()); err != nil {
						t.Error(err)
						return
					}
					done++
				case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errBusy):
					t.Error(err)
					return
				}
			}
		})
	}
	over := make(chan struct{})
	go func() {
		writers.Wait()
		close(over)
	}()
	found := 0
	for last := false; !last; {
		select {
		case <-over:
			last = true
		default:
		}
		fresh, err := openLog(path, true)
		if err == nil {
			err = fresh.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			require.NoError(t, err)
		}
		require.NoError(t, compress(t.Context(), path))
		found += unpack(t, path+".gz")
	}
	require.Equal(t, 2*writes, found)
}

// unpack returns the length of a compressed file, and deletes it.
func unpack(t *testing.T, path string) int {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	require.NoError(t, err)
	defer file.Close()
	zip, err := gzip.NewReader(file)
	require.NoError(t, err)
	text, err := io.ReadAll(zip)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	return len(text)
}

// Who lists a folder, is stopped, and goes on when the file it wants to create
// has been written by others, must look again.
func TestNewFileIsCreatedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "2026-11-21.log")
	file, err := openLog(path, true)
	require.NoError(t, err)
	defer file.Close()
	_, err = openLog(path, true)
	require.ErrorIs(t, err, fs.ErrExist)
}
