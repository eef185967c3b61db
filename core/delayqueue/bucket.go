package delayqueue

import "time"

// bucket lets so many jobs start in a second, and a tenth of a second's share at
// once: a kind that was idle does not catch up on what it has not used.
type bucket struct {
	rate   float64 // per second
	tokens float64
	at     time.Time // when tokens was counted
}

// share changes the rate. It returns the bucket, a new one where there was none,
// nil where there is no rate.
func (b *bucket) share(rate float64) *bucket {
	if rate <= 0 {
		return nil
	}
	if b == nil {
		return &bucket{rate: rate, tokens: 1, at: time.Now()}
	}
	b.fill(time.Now())
	b.rate = rate
	return b
}

func (b *bucket) fill(now time.Time) {
	b.tokens = min(b.tokens+now.Sub(b.at).Seconds()*b.rate, max(b.rate/10, 1))
	b.at = now
}

// take takes a token, if there is one.
func (b *bucket) take(now time.Time) bool {
	b.fill(now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// wait returns how long it is until there is a token.
func (b *bucket) wait(now time.Time) time.Duration {
	b.fill(now)
	if b.tokens >= 1 {
		return 0
	}
	// Rounded up: a token that is short by a rounding would be waited for again and again.
	return time.Duration((1-b.tokens)/b.rate*float64(time.Second)) + time.Microsecond
}
