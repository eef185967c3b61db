// Package text fits texts into the columns that keep them.
package text

import "unicode/utf8"

// Cut keeps a text within so many characters, as columns count them.
func Cut(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}
