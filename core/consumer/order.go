package consumer

import (
	"cmp"

	"simplest_script/core/conf"
)

// Order says which messages must be done one after another.
type Order string

// The orders.
const (
	ByPartition Order = "partition" // all of a partition or list; the default
	ByKey       Order = "key"       // all with the same key; those without one in any order
	Unordered   Order = "none"
)

// orderOf returns the order that an entry asks for.
func orderOf(e conf.QueueEntry) Order { return cmp.Or(Order(e.Order), ByPartition) }
