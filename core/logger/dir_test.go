package logger

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzCleanDir(f *testing.F) {
	for _, dir := range []string{
		"", ".", "..", "/", `\`, "testLog", "a/b", "../../etc/passwd", `..\..\x`, "a/./b/../c", "/abs", `C:\x`,
		"...", "a.", " ", "\x00", "\xff\xfe", "导出/日志", "2026-11-21.log", "-rf", strings.Repeat("界", 200), strings.Repeat("a/", 50),
	} {
		f.Add(dir)
	}
	f.Fuzz(func(t *testing.T, dir string) {
		clean := cleanDir(dir)
		require.Equal(t, clean, cleanDir(clean), "cleaning twice changes nothing")
		require.True(t, utf8.ValidString(clean))
		require.NotContains(t, clean, ".")
		require.NotContains(t, clean, "\x00")
		if clean == "" {
			return
		}
		require.True(t, filepath.IsLocal(filepath.FromSlash(clean)))
		require.Equal(t, clean, filepath.ToSlash(filepath.Clean(clean)))
		parts := strings.Split(clean, "/")
		require.LessOrEqual(t, len(parts), maxDirDepth)
		for _, part := range parts {
			require.LessOrEqual(t, len(part), maxDirName+1)
		}
	})
}

func FuzzParseName(f *testing.F) {
	for _, name := range []string{
		"2026-11-21.log", "2026-11-21.1.log", "2026-11-21.12.log.gz", "2026-11-21.log.gz.part", "2026-02-30.log",
		"2026-11-21.0.log", "2026-11-21.01.log", "2026-11-21.log.bak", "x2026-11-21.log", "2026-11-21.log\n", "0000-01-01.log",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if file, ok := parseName(name); ok {
			require.Equal(t, name, file.String(), "what is deleted is exactly what was read")
		}
	})
}
