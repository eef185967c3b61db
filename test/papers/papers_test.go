// Package papers_test holds the papers to what can be checked about them: links
// lead somewhere, every setting and every column is told of, and both languages
// have the same parts.
package papers_test

import (
	"html"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

const root = "../.."

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^(#+) (.*)$`)
	fenced  = regexp.MustCompile("(?s)```.*?```")
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(text)
}

func papers(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "test/services/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		for _, path := range found {
			short, err := filepath.Rel(root, path)
			require.NoError(t, err)
			all = append(all, short)
		}
	}
	return all
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, paper := range papers(t) {
		for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, paper), ""), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := paper
			if target != "" {
				path = filepath.Join(filepath.Dir(paper), target)
			}
			require.FileExists(t, filepath.Join(root, path), "%s links to %s", paper, found[1])
			if anchor != "" {
				require.Contains(t, anchors(read(t, path)), anchor, "%s links to %s", paper, found[1])
			}
		}
	}
}

// anchors are the names that GitHub gives to the headings of a paper.
func anchors(text string) []string {
	var all []string
	for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(c rune) rune {
			switch {
			case c == ' ':
				return '-'
			case c == '-' || c == '_' || unicode.In(c, unicode.Letter, unicode.Digit, unicode.Mark):
				return unicode.ToLower(c)
			}
			return -1
		}, html.UnescapeString(found[2])))
	}
	return all
}

func TestBothLanguagesHaveTheSameParts(t *testing.T) {
	shape := func(text string) (levels []string, blocks int) {
		blocks = len(fenced.FindAllString(text, -1))
		for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			levels = append(levels, found[1])
		}
		return levels, blocks
	}
	for _, paper := range []string{"README", "docs/configuration", "docs/consumers", "docs/cron", "docs/delay-queue"} {
		english, blocks := shape(read(t, paper+".md"))
		chinese, chineseBlocks := shape(read(t, paper+".zh-CN.md"))
		require.Equal(t, english, chinese, "levels of headings in %s", paper)
		require.Equal(t, blocks, chineseBlocks, "blocks of code in %s", paper)
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	settings := slices.Concat(keys(reflect.TypeFor[conf.Config](), "conf"),
		keys(reflect.TypeFor[conf.QueueEntry](), "json"), keys(reflect.TypeFor[conf.CronEntry](), "json"))
	for _, paper := range []string{"docs/configuration.md", "docs/configuration.zh-CN.md"} {
		text := read(t, paper)
		for _, key := range settings {
			told := regexp.MustCompile("[`.]" + regexp.QuoteMeta(key) + "[`.]").MatchString(text)
			require.True(t, told, "%s says nothing of %s", paper, key)
		}
	}
}

// keys returns the keys of a struct, and of the structs in it, as files have them.
func keys(typ reflect.Type, tag string) []string {
	var all []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		name := f.Tag.Get(tag)
		inner := f.Type
		if inner.Kind() == reflect.Map {
			inner = inner.Elem()
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		// A section is a heading or part of a path; its keys are what is looked for.
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Location]() {
			all = append(all, keys(inner, tag)...)
			continue
		}
		if name == "" {
			name = f.Name
		}
		all = append(all, name)
	}
	return all
}

func TestEveryColumnIsDocumented(t *testing.T) {
	db := dbtest.New(t, sqldb.SQLite)
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM delay_queue_log LIMIT 0")
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	require.NoError(t, rows.Err())
	for _, paper := range []string{"docs/delay-queue.md", "docs/delay-queue.zh-CN.md"} {
		text := read(t, paper)
		for _, column := range columns {
			require.True(t, strings.Contains(text, "`"+column+"`"), "%s says nothing of the column %s", paper, column)
		}
	}
}
