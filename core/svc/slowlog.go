package svc

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	"gorm.io/gorm/logger"
)

// slow is how long a statement of the business takes before the log speaks of it.
const slow = time.Second

// slowLog is gorm's logger. It writes slow statements, with question marks in the
// place of their values. Errors it leaves to the caller, who gets them anyway: the
// server's texts repeat values.
type slowLog struct{ log *zap.Logger }

var (
	_ logger.Interface = slowLog{}
	_ interface {
		ParamsFilter(context.Context, string, ...any) (string, []any)
	} = slowLog{}
)

// LogMode implements logger.Interface. The levels are those of the zap logger.
func (l slowLog) LogMode(logger.LogLevel) logger.Interface { return l }

// Info implements logger.Interface.
func (l slowLog) Info(_ context.Context, format string, args ...any) {
	l.log.Debug(fmt.Sprintf(format, args...))
}

// Warn implements logger.Interface.
func (l slowLog) Warn(_ context.Context, format string, args ...any) {
	l.log.Warn(fmt.Sprintf(format, args...))
}

// Error implements logger.Interface.
func (l slowLog) Error(_ context.Context, format string, args ...any) {
	l.log.Error(fmt.Sprintf(format, args...))
}

// Trace implements logger.Interface; gorm calls it after each statement.
func (l slowLog) Trace(_ context.Context, begin time.Time, statement func() (sql string, rows int64), _ error) {
	took := time.Since(begin)
	if took < slow {
		return
	}
	sql, rows := statement()
	l.log.Warn("slow statement", zap.String("sql", sql), zap.Int64("rows", rows), zap.Duration("took", took))
}

// ParamsFilter keeps the values of a statement out of what Trace is given.
func (l slowLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
