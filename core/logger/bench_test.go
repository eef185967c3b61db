package logger_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"simplest_script/core/logger"
)

// BenchmarkLine compares a line through this package with the least that zap can
// do: encode it and write it to a file that is open.
func BenchmarkLine(b *testing.B) {
	b.Run("logger", func(b *testing.B) {
		s, err := logger.New(logger.Options{Path: b.TempDir(), MaxSize: 100 << 20})
		require.NoError(b, err)
		benchmark(b, s.Logger("bench"))
		require.NoError(b, s.Close())
	})
	b.Run("zap", func(b *testing.B) {
		file, err := os.OpenFile(filepath.Join(b.TempDir(), "bench.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(b, err)
		encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
		benchmark(b, zap.New(zapcore.NewCore(encoder, zapcore.Lock(file), zap.InfoLevel)))
		require.NoError(b, file.Close())
	})
}

func benchmark(b *testing.B, log *zap.Logger) {
	b.ReportAllocs()
	for b.Loop() {
		log.Info("job done", zap.String("task_id", "123456789"), zap.String("exec_cmd", "send"), zap.Int("attempt", 1))
	}
}
