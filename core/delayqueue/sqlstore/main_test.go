package sqlstore_test

import (
	"testing"

	"go.uber.org/goleak"
)

// gorm's cache of prepared statements has a goroutine that nothing ends.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gorm.io/gorm/internal/lru.NewLRU[...].func1"))
}
