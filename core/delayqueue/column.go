package delayqueue

import (
	"crypto/sha256"
	"math/rand/v2"

	"simplest_script/core"
)

// NewToken returns a random number that fits a signed column and is never 0,
// which stands for "never claimed".
func NewToken() uint64 { return rand.Uint64N(1<<63-1) + 1 }

// DueMillis returns when the job is due, given the database's clock in
// microseconds: rounded up, so that no job is early.
func DueMillis(p *core.DelayQueuePushParams, now int64) int64 {
	if p.ExecTime != 0 {
		return int64(p.ExecTime)*1000 + int64(p.ExecMs)
	}
	return (now+999)/1000 + p.DelayTime*1000 + p.DelayMs
}

// UniqueHash is what the column unique_hash holds; docs/delay-queue.md names the
// formula, because other programs push too.
func UniqueHash(kind, key string) []byte {
	sum := sha256.Sum256([]byte(kind + "\n" + key))
	return sum[:]
}
