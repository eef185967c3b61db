package logger_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"

	"simplest_script/core/logger"
)

// In a bubble of synctest it is midnight of 2000-01-01, UTC.
const (
	line  = `{"msg":"line"}` + "\n"
	today = "2000-01-01.log"
)

// keepHouse lets s make its first round. The Set goes on keeping house until the
// bubble ends or it is closed.
func keepHouse(t *testing.T, s *logger.Set) {
	t.Helper()
	go s.Run(t.Context())
	synctest.Wait()
}

func bubble(t *testing.T, f func(t *testing.T, folder string)) {
	folder := filepath.Join(t.TempDir(), "logs")
	synctest.Test(t, func(t *testing.T) { f(t, folder) })
}

func TestCompressesFinishedFiles(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		writeFile(t, filepath.Join(folder, "1999-12-31.log"), line)
		writeFile(t, filepath.Join(folder, today), line)
		writeFile(t, filepath.Join(folder, "2000-01-01.1.log"), line)
		writeFile(t, filepath.Join(folder, "export", "1999-12-30.2.log"), line)
		writeFile(t, filepath.Join(folder, "export", "1999-12-30.3.log"), "")
		writeFile(t, filepath.Join(folder, "2000-01-02.log"), line) // of a time zone ahead
		keepHouse(t, newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true}))

		require.Equal(t, []string{"1999-12-31.log.gz", "2000-01-01.1.log", "2000-01-01.log.gz", "2000-01-02.log", "export"},
			files(t, folder))
		require.Equal(t, []string{"1999-12-30.2.log.gz"}, files(t, filepath.Join(folder, "export")))
		require.Equal(t, []string{"line"}, logged(t, filepath.Join(folder, "1999-12-31.log.gz")))
		require.Equal(t, []string{"line"}, logged(t, filepath.Join(folder, "export", "1999-12-30.2.log.gz")))
	})
}

// Another process has fallen behind, or silent, and its file looks finished.
func TestFileThatIsStillOpenIsLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		o := logger.Options{Path: folder, Location: time.UTC}
		slow := newSet(t, o)
		slow.Logger("").Info("in the evening")

		o.Compress, o.MaxAgeDays = true, 1
		s := newSet(t, o)
		time.Sleep(72 * time.Hour)
		keepHouse(t, s)
		require.Equal(t, []string{today}, files(t, folder))

		require.NoError(t, slow.Close())
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Empty(t, files(t, folder))
	})
}

// A logger that wrote yesterday and not since does not keep yesterday's file open.
func TestOwnFileOfYesterdayIsCompressed(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		s := newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true})
		s.Logger("").Info("yesterday")
		keepHouse(t, s)
		require.Equal(t, []string{today}, files(t, folder))
		time.Sleep(24*time.Hour + 10*time.Minute)
		synctest.Wait()
		require.Equal(t, []string{today + ".gz"}, files(t, folder))
		require.Equal(t, []string{"yesterday"}, logged(t, filepath.Join(folder, today+".gz")))
	})
}

func TestNewFileWakesTheHousekeeping(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		s := newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true, MaxSize: 100})
		keepHouse(t, s)
		s.Logger("").Info("first, and long enough to fill the file")
		s.Logger("").Info("second")
		synctest.Wait()
		require.Equal(t, []string{"2000-01-01.1.log", today + ".gz"}, files(t, folder))
	})
}

func TestRetention(t *testing.T) {
	others := []string{"1999-01-01.txt", "1999-13-01.log", "1999-01-01.log.bak", "1999-01-01.01.log", "access.log"}
	for name, c := range map[string]struct {
		o    logger.Options
		want []string
	}{
		"count": {logger.Options{MaxBackups: 2},
			[]string{"1999-12-31.10.log", "2000-01-01.1.log", today}},
		"age": {logger.Options{MaxAgeDays: 2},
			[]string{"1999-12-30.log", "1999-12-31.10.log", "1999-12-31.9.log.gz", "2000-01-01.1.log", today}},
		"both": {logger.Options{MaxAgeDays: 2, MaxBackups: 1},
			[]string{"2000-01-01.1.log", today}},
		"neither": {logger.Options{},
			[]string{"1999-12-29.log", "1999-12-30.log", "1999-12-31.10.log", "1999-12-31.9.log.gz", "2000-01-01.1.log", today}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, folder string) {
				for _, f := range []string{"1999-12-29.log", "1999-12-30.log", "1999-12-31.9.log.gz", "1999-12-31.10.log",
					today, "2000-01-01.1.log", "1999-12-31.11.log.gz.part"} {
					writeFile(t, filepath.Join(folder, f), line)
				}
				for _, f := range others {
					writeFile(t, filepath.Join(folder, f), line)
				}
				c.o.Path, c.o.Location = folder, time.UTC
				keepHouse(t, newSet(t, c.o))
				require.ElementsMatch(t, append(c.want, others...), files(t, folder))
			})
		})
	}
}

func TestFolderOfTheLogMayBeALink(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		writeFile(t, filepath.Join(folder, "1999-12-31.log"), line)
		link := folder + "-link"
		require.NoError(t, os.Symlink(folder, link))
		keepHouse(t, newSet(t, logger.Options{Path: link, Location: time.UTC, MaxAgeDays: 1, Compress: true}))
		require.Equal(t, []string{"1999-12-31.log.gz"}, files(t, folder))
	})
}

// The housekeeping was killed after it had put the compressed file in place, and
// before it deleted the file itself.
func TestCompressingIsTakenUpAgain(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		plain, packed := filepath.Join(folder, "1999-12-31.log"), filepath.Join(folder, "1999-12-31.log.gz")
		writeFile(t, plain, line)
		s := newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true})
		keepHouse(t, s)
		info, err := os.Stat(packed)
		require.NoError(t, err)
		writeFile(t, plain, line)
		require.NoError(t, os.Chtimes(plain, info.ModTime(), info.ModTime()))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Equal(t, []string{"1999-12-31.log.gz"}, files(t, folder))

		// Other lines under the same name are not lost.
		writeFile(t, plain, line)
		require.NoError(t, os.Chtimes(plain, time.Time{}, info.ModTime().Add(time.Second)))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Equal(t, []string{"1999-12-31.log", "1999-12-31.log.gz"}, files(t, folder))
		require.Equal(t, []string{"line"}, logged(t, packed))
		require.Zero(t, s.WriteErrors())
	})
}

func TestOneProcessAtATimeKeepsTheHouse(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		writeFile(t, filepath.Join(folder, "1999-12-31.log"), line)
		other := flock.New(filepath.Join(folder, ".housekeeping.lock"))
		require.NoError(t, other.Lock())
		keepHouse(t, newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true}))
		require.Equal(t, []string{"1999-12-31.log"}, files(t, folder))

		require.NoError(t, other.Unlock())
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Equal(t, []string{"1999-12-31.log.gz"}, files(t, folder))
	})
}

func TestTroubleOfTheHousekeepingIsReported(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		writeFile(t, filepath.Join(folder, "1999-12-31.log"), line)
		writeFile(t, filepath.Join(folder, "other", "1999-12-31.log"), line)
		// A folder stands where the compressed file has to be prepared.
		require.NoError(t, os.Mkdir(filepath.Join(folder, "1999-12-31.log.gz.part"), 0o750))
		writeFile(t, filepath.Join(folder, "1999-12-31.log.gz.part", "x"), "")
		var stderr bytes.Buffer
		s := newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true, Err: &stderr})
		keepHouse(t, s)
		require.EqualValues(t, 1, s.WriteErrors())
		require.Zero(t, s.Dropped())
		require.Contains(t, stderr.String(), "compressing "+filepath.Join(folder, "1999-12-31.log"))
		require.FileExists(t, filepath.Join(folder, "1999-12-31.log"))
		require.FileExists(t, filepath.Join(folder, "other", "1999-12-31.log.gz"))
	})
}

// Close does not wait until a large file is compressed, and leaves it as it was.
func TestCloseEndsCompressing(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "1999-12-31.log")
	writeFile(t, large, line)
	require.NoError(t, os.Truncate(large, 1<<40)) // takes no space, and hours to compress
	s := newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(context.Background())
	}()
	require.Eventually(t, func() bool {
		_, err := os.Stat(large + ".gz.part")
		return err == nil
	}, time.Minute, time.Millisecond)
	require.NoError(t, s.Close())
	require.Equal(t, []string{"1999-12-31.log"}, files(t, folder), "it has ended when Close returns")
	require.Zero(t, s.WriteErrors())
	<-ended
}

func TestGzipHeaderNamesTheFile(t *testing.T) {
	bubble(t, func(t *testing.T, folder string) {
		path := filepath.Join(folder, "1999-12-31.log")
		writeFile(t, path, line)
		keepHouse(t, newSet(t, logger.Options{Path: folder, Location: time.UTC, Compress: true}))
		file, err := os.Open(path + ".gz")
		require.NoError(t, err)
		defer file.Close()
		zip, err := gzip.NewReader(file)
		require.NoError(t, err)
		require.Equal(t, "1999-12-31.log", zip.Name)
		info, err := file.Stat()
		require.NoError(t, err)
		require.Equal(t, info.ModTime().Unix(), zip.ModTime.Unix(), fmt.Sprint(info.ModTime()))
	})
}
