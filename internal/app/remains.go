package app

import (
	"strconv"
	"strings"
	"time"

	"simplest_script/core/delayqueue"
	"simplest_script/core/logger"
)

// lastLines is how many lines are kept of a handler whose daemon died.
const lastLines = 30

// remains tells what is left on this machine of jobs whose daemon died. What
// daemons of another home logged is not looked for.
func (m *Machine) remains(deaths []delayqueue.Death) (map[delayqueue.Held]string, error) {
	tasks := make([]string, len(deaths))
	for i, d := range deaths {
		tasks[i] = strconv.FormatUint(d.ID, 10)
	}
	lines, err := logger.LastLines(m.logFolder(), tasks, lastLines)
	if err != nil {
		return nil, err
	}
	texts := map[delayqueue.Held]string{}
	for i, d := range deaths {
		crash, err := crashOf(m.crashFolder(), d.PID, time.UnixMilli(d.Began))
		if err != nil {
			return nil, err
		}
		said := lines[tasks[i]]
		if crash != "" {
			said = append(said, crash)
		}
		texts[d.Held] = strings.Join(said, "\n")
	}
	return texts, nil
}
