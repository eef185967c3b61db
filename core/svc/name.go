package svc

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"simplest_script/core/conf/strict"
)

// named returns the settings of a connection, or an error that lists the names
// there are.
func named[T any](section string, all map[string]T, name string) (T, error) {
	v, ok := all[name]
	if ok {
		return v, nil
	}
	names := slices.Sorted(maps.Keys(all))
	if len(names) == 0 {
		return v, fmt.Errorf("%s %q is not configured: the section %s has no connection at all", section, name, section)
	}
	hint := strict.Suggest(name, names)
	if hint != "" {
		hint = "; " + hint
	}
	return v, fmt.Errorf("%s %q is not configured, only: %s%s", section, name, strings.Join(names, ", "), hint)
}
