package strict

import (
	"fmt"
	"strings"
)

// Suggest returns `did you mean "x"?` with the candidate that is nearest to word,
// or nothing where none is near enough to be what was meant.
func Suggest(word string, candidates []string) string {
	if nearest := Nearest(word, candidates); nearest != "" {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	return ""
}

// Nearest returns the candidate that a person who wrote word probably meant, or
// nothing. Upper and lower case count as one.
func Nearest(word string, candidates []string) string {
	best, distance := "", len([]rune(word))/3+2
	for _, c := range candidates {
		if strings.EqualFold(c, word) {
			return c
		}
		if d := Distance(strings.ToLower(word), strings.ToLower(c)); d < distance && d < len([]rune(c)) {
			best, distance = c, d
		}
	}
	return best
}

// Distance counts how many slips of the hand lie between two words: a character
// too many, missing, or wrong, or two neighbours swapped, where nothing is edited
// twice (optimal string alignment). Three rows of the usual matrix are enough,
// since a swap looks back by two. Words are cut at 100 characters.
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	s, t = s[:min(len(s), 100)], t[:min(len(t), 100)]
	older, old, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(s); i++ {
		older, old, row = old, row, older
		row[0] = i
		for j := 1; j <= len(t); j++ {
			wrong := 1
			if s[i-1] == t[j-1] {
				wrong = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+wrong)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(t)]
}
