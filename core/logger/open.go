package logger

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

const (
	fileMode   = 0o640 // log lines may hold what not everybody should read
	folderMode = 0o750
)

// maxOpenTries bounds the search for a file. Each try fails only because another
// process did something in between, or stepped over one file.
const maxOpenTries = 100

var errNoPlace = errors.New("other processes change the folder faster than it can be read")

// open finds the file for a line of that day and size: the one with the highest
// number, or where that one is full, compressed or in somebody's way, a new one
// with the next number. A file is created exclusively, so who is second sees the
// first's on the next try, and a deleted file never comes back under its number.
func (f *folder) open(d day, size int64) error {
	lowest := 0 // numbers below were tried, and will not do
	for range maxOpenTries {
		name, isNew, err := f.choose(d, lowest)
		if err != nil {
			return err
		}
		file, err := openLog(f.filePath(name), isNew)
		switch {
		case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
			continue // somebody was faster
		case errors.Is(err, fs.ErrPermission) && !isNew, errors.Is(err, errBusy):
			lowest = name.number + 1 // another user's, or being compressed
			continue
		case err != nil:
			return err
		}
		if f.full(file, size) {
			_ = file.Close()
			lowest = name.number + 1
			continue
		}
		return f.take(file, name, isNew)
	}
	return errNoPlace
}

// choose names the file to open next, and says whether it has to be created.
func (f *folder) choose(d day, lowest int) (name logFile, isNew bool, err error) {
	files, err := listFolder(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(f.path, folderMode)
	}
	if err != nil {
		return logFile{}, false, err
	}
	name, isNew = logFile{day: d, number: lowest}, true
	for _, file := range files {
		switch {
		case file.day != d || file.number < name.number:
		case file.gz:
			name.number, isNew = file.number+1, true
		default:
			name.number, isNew = file.number, false
		}
	}
	return name, isNew, nil
}

// openLog opens a log file for appending and shares its lock. It is fs.ErrNotExist
// where the file was deleted before the lock could keep it from that.
func openLog(path string, isNew bool) (*os.File, error) {
	flags := os.O_RDWR | os.O_APPEND // reading is for endsTorn
	if isNew {
		flags |= os.O_CREATE | os.O_EXCL
	}
	file, err := os.OpenFile(path, flags, fileMode)
	if err != nil {
		return nil, err
	}
	if err := lockShared(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	if err := checkPlace(file, path); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// checkPlace returns fs.ErrNotExist where path does not lead to file any more.
func checkPlace(file *os.File, path string) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err == nil && !os.SameFile(info, there) {
		return fs.ErrNotExist
	}
	return err
}

// take makes file the one in use.
func (f *folder) take(file *os.File, name logFile, isNew bool) error {
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return err
	}
	f.file, f.info, f.name, f.torn = file, info, name, endsTorn(file)
	if isNew {
		f.set.fileBegun()
	}
	return nil
}

// endsTorn tells whether the last line has no end: the disk was full, or its
// writer was killed. The next line then begins with a line break, which makes the
// rest a line of its own instead of spoiling a good one.
func endsTorn(file *os.File) bool {
	length, err := file.Seek(0, io.SeekEnd)
	if err != nil || length == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, length-1)
	return err == nil && last[0] != '\n'
}
