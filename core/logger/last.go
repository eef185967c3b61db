package logger

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// searched is how much of the end of a folder's newest file LastLines reads.
const searched = 8 << 20

// LastLines returns, by task, the last lines below root that were logged on behalf
// of these tasks, up to most for each, in the order of their folders. It reads only
// the end of the newest file of each folder: it is for what happened just now.
func LastLines(root string, tasks []string, most int) (map[string][]string, error) {
	newest := map[string]string{} // folder → file
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if f, ours := parseName(entry.Name()); ours && !f.gz {
			folder := filepath.Dir(path)
			if last, ok := newest[folder]; !ok || later(f, last) {
				newest[folder] = path
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for log files: %w", err)
	}
	wanted := make(map[string]bool, len(tasks))
	for _, task := range tasks {
		wanted[task] = true
	}
	lines := map[string][]string{}
	for _, folder := range slices.Sorted(maps.Keys(newest)) {
		if err := lastLines(newest[folder], wanted, most, lines); err != nil {
			return nil, fmt.Errorf("reading %s: %w", newest[folder], err)
		}
	}
	return lines, nil
}

// later tells whether f comes after the file at path.
func later(f logFile, path string) bool {
	other, _ := parseName(filepath.Base(path))
	if f.day != other.day {
		return f.day > other.day
	}
	return f.number > other.number
}

// lastLines adds what the end of one file has. Lines that are not ours, such as the
// first one where it begins in the middle, are passed over.
func lastLines(path string, wanted map[string]bool, most int, into map[string][]string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := file.Seek(max(info.Size()-searched, 0), io.SeekStart); err != nil {
		return err
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, searched)
	for lines.Scan() {
		var line struct {
			Task string `json:"task_id"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || !wanted[line.Task] {
			continue
		}
		into[line.Task] = append(into[line.Task], lines.Text())
		if all := into[line.Task]; len(all) > most {
			into[line.Task] = all[len(all)-most:]
		}
	}
	return lines.Err()
}
