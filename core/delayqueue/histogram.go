package delayqueue

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Lateness is counted in buckets that grow by a tenth, from 0.1 ms to a day. The
// numbers of the buckets are stored: they never change their meaning.
const (
	lateBuckets = 220
	lateFirst   = 100 * time.Microsecond
	lateGrowth  = 1.1
)

// Histogram counts how late jobs were started.
type Histogram struct {
	counts [lateBuckets]uint64
	starts uint64
	max    time.Duration
}

func (h *Histogram) add(late time.Duration) { h.addTo(bucketOf(late), late) }

// addTo is add where the bucket of late is known.
func (h *Histogram) addTo(bucket int, late time.Duration) {
	h.counts[bucket]++
	h.starts++
	h.max = max(h.max, late)
}

// Quantile returns the lateness that the given share of the starts did not exceed,
// or up to a tenth more; 0 where nothing was started.
func (h *Histogram) Quantile(share float64) time.Duration {
	if h.starts == 0 {
		return 0
	}
	want := int64(math.Ceil(share * float64(h.starts)))
	for i, n := range h.counts {
		if want -= int64(n); want <= 0 {
			return boundOf(i)
		}
	}
	return h.max
}

// encode returns the buckets that are not empty, each as its number and its count.
func (h *Histogram) encode() []byte {
	out := []byte{}
	for i, n := range h.counts {
		if n > 0 {
			out = binary.AppendUvarint(binary.AppendUvarint(out, uint64(i)), n)
		}
	}
	return out
}

// errHistogram says that the text of a stored histogram is not one of ours.
var errHistogram = errors.New("not a histogram of lateness")

// Merge adds what encode returned.
func (h *Histogram) Merge(encoded []byte) error {
	for len(encoded) > 0 {
		bucket, n := binary.Uvarint(encoded)
		if n <= 0 || bucket >= lateBuckets {
			return errHistogram
		}
		count, m := binary.Uvarint(encoded[n:])
		if m <= 0 {
			return errHistogram
		}
		h.counts[bucket] += count
		h.starts += count
		encoded = encoded[n+m:]
	}
	return nil
}

func bucketOf(d time.Duration) int {
	if d <= lateFirst {
		return 0
	}
	i := int(math.Ceil(math.Log(float64(d)/float64(lateFirst)) / math.Log(lateGrowth)))
	return min(i, lateBuckets-1)
}

func boundOf(i int) time.Duration {
	return time.Duration(float64(lateFirst) * math.Pow(lateGrowth, float64(i)))
}
