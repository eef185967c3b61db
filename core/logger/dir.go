package logger

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits that keep a path within what every file system takes.
const (
	maxDirDepth = 8
	maxDirName  = 100 // bytes
)

// cleanDir turns what a caller names as a folder into a relative path, with
// slashes, that lies inside the folder of the log: each part keeps its letters,
// digits, "-" and "_", and anything else becomes "_". A dot does too, so that no
// part can climb, be hidden, or look like a log file. Parts that say nothing are
// left out; "" is the main log.
func cleanDir(dir string) string {
	var parts []string
	for _, part := range strings.FieldsFunc(dir, isSeparator) {
		if part == "." || part == ".." || len(parts) == maxDirDepth {
			continue
		}
		parts = append(parts, cleanPart(part))
	}
	return strings.Join(parts, "/")
}

func isSeparator(r rune) bool { return r == '/' || r == '\\' }

func cleanPart(part string) string {
	part = strings.Map(func(r rune) rune {
		if r != '-' && !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Digit) {
			return '_'
		}
		return r
	}, part)
	for len(part) > maxDirName {
		_, size := utf8.DecodeLastRuneInString(part)
		part = part[:len(part)-size]
	}
	if !filepath.IsLocal(part) { // the names of devices on Windows
		return "_" + part
	}
	return part
}
