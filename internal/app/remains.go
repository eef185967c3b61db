package app

import (
	"strconv"
	"strings"

	"simplest_script/core/delayqueue"
	"simplest_script/core/logger"
)

// lastLines is how many lines are kept of a handler whose daemon died.
const lastLines = 30

// remains is the delayqueue.Remains of the daemon. A daemon is known here whose process
// has left something in the folder for crashes; what others logged is for their home to
// tell, until the death is old: then whatever is found here is better than nothing.
func (m *Machine) remains(deaths []delayqueue.Death) (map[delayqueue.Held]string, error) {
	ends, err := m.endsOf(deaths)
	if err != nil {
		return nil, err
	}
	var told []delayqueue.Death
	var tasks []string
	for _, d := range deaths {
		if _, known := ends[d.Owner]; known || d.Old {
			told, tasks = append(told, d), append(tasks, strconv.FormatUint(d.ID, 10))
		}
	}
	texts := map[delayqueue.Held]string{}
	if len(told) == 0 {
		return texts, nil
	}
	lines, err := logger.LastLines(m.logFolder(), tasks, lastLines)
	if err != nil {
		return nil, err
	}
	for i, d := range told {
		said := lines[tasks[i]]
		if end := ends[d.Owner]; end != "" {
			said = append(said, end)
		}
		texts[d.Held] = strings.ToValidUTF8(strings.Join(said, "\n"), "\uFFFD") // the column takes nothing else
	}
	return texts, nil
}

// endsOf returns how the processes of daemons ended that are known here, by their ids.
func (m *Machine) endsOf(deaths []delayqueue.Death) (map[string]string, error) {
	ends := map[string]string{}
	if len(deaths) == 0 {
		return ends, nil
	}
	files, err := listCrashes(m.crashFolder())
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, d := range deaths {
		if asked[d.Owner] {
			continue
		}
		asked[d.Owner] = true
		file, known := crashOf(files, d.Owner, d.PID)
		if !known {
			continue
		}
		if ends[d.Owner], err = file.tell(); err != nil {
			return nil, err
		}
	}
	return ends, nil
}
