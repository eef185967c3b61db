package consumer

import (
	"cmp"

	"simplest_script/core/conf"
)

// Order says which messages must be done one after another.
type Order string

// The orders.
const (
	ByPartition Order = "partition" // all of a partition; the default for topics
	ByKey       Order = "key"       // all with the same key; those without one in any order
	Unordered   Order = "none"      // the default for lists
)

// orderOf returns the order that an entry asks for. A topic is worked off in the
// order of its partitions. A list is one lane: in its order only one of the workers
// that the entry asks for would ever work, so there it has to be asked for.
func orderOf(e conf.QueueEntry) Order {
	if e.Key != "" {
		return cmp.Or(Order(e.Order), Unordered)
	}
	return cmp.Or(Order(e.Order), ByPartition)
}
