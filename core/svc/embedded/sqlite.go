package embedded

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// SQLiteFile is the name of the database's file in the folder of the data.
const SQLiteFile = "embedded.db"

// SQLite returns the data source name of the embedded database of the folder,
// which it creates. Any number of processes may open it at once.
//
// With a write-ahead log, readers do not wait for the writer. There is one writer
// at a time; the others wait for it. Transactions are immediate, because one that
// reads first and then writes fails at once, waiting or not, if another has
// written in between. A killed process loses nothing that it committed, a power
// cut may lose the newest commits.
func SQLite(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the folder of the embedded database: %w", err)
	}
	path := (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, SQLiteFile))}).String()
	settings := url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(0)"},
		"_txlock": {"immediate"},
	}
	return path + "?" + settings.Encode(), nil
}
