package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// describeBox says what this machine is, and how busy.
func describeBox() string {
	return fmt.Sprintf("machine: %d cores (%s), %s; servers, contenders and the bench share it; load %s; %s",
		runtime.NumCPU(), after("/proc/cpuinfo", "model name"), after("/proc/meminfo", "MemTotal"), load(), runtime.Version())
}

// after returns what stands behind a name in a file of lines "name: value".
func after(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// load is the load of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}
