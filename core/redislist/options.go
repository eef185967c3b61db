package redislist

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Options are the settings of a Source. Key must be set; for every other field the
// zero value means the default.
type Options struct {
	// Key is the list. In Redis Cluster it may have a {tag}; what belongs to the
	// list is named beside it, {key}:batches and so on.
	Key string
	// Owner names this process in the names of its batches and messages. It is
	// random, and no other process has it; 16 hexadecimal characters.
	Owner string
	// Lease is how long messages that were fetched are kept from others without a
	// renewal: when a daemon died, they come again after it; 60 s. It is renewed
	// three times within its length.
	Lease time.Duration
	Dead  string // the list of dead letters; {key}:dead
}

// withDefaults returns o with every field set but Dead, which keysOf names.
func (o Options) withDefaults() Options {
	if o.Owner == "" {
		o.Owner = newID()
	}
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	return o
}

// check returns what is wrong with options that have their defaults.
func (o Options) check() error {
	switch {
	case o.Key == "":
		return errors.New("the key of the Redis list is missing")
	case o.Dead == o.Key:
		return fmt.Errorf("the dead letters of the Redis list %q would go to itself", o.Key)
	case o.Lease < 10*time.Millisecond:
		return fmt.Errorf("the lease of %s on messages of the Redis list %q is too short", o.Lease, o.Key)
	case strings.Contains(o.Owner, " "):
		return fmt.Errorf("the owner %q of messages of the Redis list %q has a space in it", o.Owner, o.Key)
	}
	return nil
}

// newID returns a random name.
func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
