package kafka_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// logs keeps what was logged.
type logs struct {
	logger  *zap.Logger
	entries *observer.ObservedLogs
}

func newLogs() *logs {
	core, entries := observer.New(zap.DebugLevel)
	return &logs{logger: zap.New(core), entries: entries}
}

func (l *logs) text() string {
	var all strings.Builder
	for _, e := range l.entries.All() {
		all.WriteString(e.Message)
		for key, value := range e.ContextMap() {
			if text, ok := value.(string); ok {
				all.WriteString(" " + key + "=" + text)
			}
		}
		all.WriteString("\n")
	}
	return all.String()
}

func (l *logs) count(message string) int { return l.entries.FilterMessageSnippet(message).Len() }

func (l *logs) waitFor(t testing.TB, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(l.text(), text) }, patience, 10*time.Millisecond)
}
