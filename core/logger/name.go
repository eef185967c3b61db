package logger

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"time"
)

// partSuffix marks a compressed file that is still being written.
const partSuffix = ".part"

var namePattern = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:\.([1-9]\d{0,8}))?\.log(\.gz(\.part)?)?$`)

// day is a date as one number, such as 20261121, so that days compare.
type day int

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(y*10000 + int(m)*100 + d)
}

// String returns the date as it stands in the names of files.
func (d day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100) }

// logFile is what the name of a log file says.
type logFile struct {
	day    day
	number int  // 0 for the first of its day
	gz     bool // compressed
	part   bool // compressed half way
}

func (f logFile) String() string {
	name := f.day.String()
	if f.number > 0 {
		name += "." + strconv.Itoa(f.number)
	}
	name += ".log"
	if f.gz {
		name += ".gz"
	}
	if f.part {
		name += partSuffix
	}
	return name
}

// parseName reads a file's name; ok is false for names that are not ours.
func parseName(name string) (f logFile, ok bool) {
	m := namePattern.FindStringSubmatch(name)
	if m == nil {
		return logFile{}, false
	}
	date, err := time.Parse(time.DateOnly, m[1])
	if err != nil {
		return logFile{}, false
	}
	number := 0
	if m[2] != "" {
		if number, err = strconv.Atoi(m[2]); err != nil {
			return logFile{}, false
		}
	}
	return logFile{day: dayOf(date), number: number, gz: m[3] != "", part: m[4] != ""}, true
}

// listFolder returns the log files in one folder; whatever else is there is left out.
func listFolder(path string) ([]logFile, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []logFile
	for _, e := range entries {
		if f, ok := parseName(e.Name()); ok && !e.IsDir() {
			files = append(files, f)
		}
	}
	return files, nil
}
