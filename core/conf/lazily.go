package conf

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first needed. A process per cron run
// starts this program, and mostly needs none of them.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
