package logger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// checkEvery is how often a writer looks whether its file still stands where it
// was opened: somebody may have deleted it, or the folder.
const checkEvery = time.Second

var errClosed = errors.New("log is closed")

// folder is the file in use in one folder. All loggers of that folder share it.
type folder struct {
	set  *Set
	path string

	mu      sync.Mutex
	file    *os.File    // nil: the next line opens one
	info    os.FileInfo // of file, when it was opened
	name    logFile
	torn    bool      // file ends in the middle of a line
	checked time.Time // when file was last seen in its place
}

// write appends line to the file of the day of t, with one write.
func (f *folder) write(t time.Time, line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.set.closed.Load() {
		return errClosed
	}
	if err := f.ready(t, int64(len(line))); err != nil {
		return fmt.Errorf("opening a file in %s: %w", f.path, err)
	}
	if f.torn {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := f.file.Write(line); err != nil {
		// The next line looks for a place anew, and sees whether part of this one
		// was written. The error of the write says more than that of the close.
		_ = f.drop()
		return err
	}
	f.torn = false
	return nil
}

// ready makes sure that file is the right one for a line of that time and size.
func (f *folder) ready(t time.Time, size int64) error {
	today := dayOf(t)
	if f.file != nil && f.name.day == today && !f.full(f.file, size) && f.inPlace(t) {
		return nil
	}
	_ = f.drop() // whatever is wrong with that file does not concern the next one
	if err := f.open(today, size); err != nil {
		return err
	}
	f.checked = t
	return nil
}

// full tells whether another size bytes are too much for file. Others write to it
// as well, so its length is asked for each time. A file that cannot be measured
// is not worth staying in.
func (f *folder) full(file *os.File, size int64) bool {
	length, err := file.Seek(0, io.SeekEnd)
	limit := f.set.opts.MaxSize
	return err != nil || limit > 0 && length > 0 && length+size > limit
}

func (f *folder) inPlace(now time.Time) bool {
	if now.Sub(f.checked).Abs() < checkEvery {
		return true
	}
	f.checked = now
	there, err := os.Stat(f.filePath(f.name))
	return err == nil && os.SameFile(there, f.info)
}

func (f *folder) filePath(name logFile) string { return filepath.Join(f.path, name.String()) }

// drop closes the file, if one is open.
func (f *folder) drop() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}

func (f *folder) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.drop()
}

// closeBefore closes a file of a day that is over: a logger that fell silent
// would keep it from being compressed.
func (f *folder) closeBefore(today day) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil || f.name.day >= today {
		return nil
	}
	return f.drop()
}
