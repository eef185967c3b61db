package redislist

import (
	"strconv"
	"strings"
)

// keys are the names of all that belongs to a list. They share its slot in Redis
// Cluster, by the tag of the list, or by the list as a tag. (A key that has a closing
// brace and no tag cannot be a tag: such a list needs a server without slots.)
type keys struct {
	list     string
	returned string // messages that came back; read before the list
	batches  string // sorted set: the batches that are out, by their deadlines
	dead     string
	batch    string // what the names of batches begin with
}

func keysOf(o Options) keys {
	base := o.Key + ":"
	if !tagged(o.Key) {
		base = "{" + o.Key + "}:"
	}
	k := keys{list: o.Key, returned: base + "returned", batches: base + "batches", dead: o.Dead, batch: base + "batch:"}
	if k.dead == "" {
		k.dead = base + "dead"
	}
	return k
}

// tagged tells whether a part of the key alone decides about its slot.
func tagged(key string) bool {
	_, rest, opened := strings.Cut(key, "{")
	return opened && strings.Index(rest, "}") > 0
}

// batchName names the nth batch of an owner. The digits are of one length, so that
// batches of one deadline are sorted by age.
func (k keys) batchName(owner string, n int64) string {
	digits := strconv.FormatInt(n, 10)
	return k.batch + owner + ":" + strings.Repeat("0", max(12-len(digits), 0)) + digits
}
