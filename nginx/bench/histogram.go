package bench

import (
	"math"
	"math/bits"
	"time"
)

// Each power of two is cut into 64 equal buckets, so a value is known to one
// part in 64, and all durations that there are fit into 30 KB.
const (
	subBits    = 6
	subBuckets = 1 << subBits
	buckets    = (64 - subBits) * subBuckets
)

// A histogram counts durations in buckets that widen with the duration. The
// zero value is empty and ready.
type histogram struct {
	counts   []int64 // nil until the first value
	n        int64
	sum      float64 // nanoseconds; an int64 would overflow after 292 years of waiting in all
	min, max time.Duration
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	if h.counts == nil {
		h.counts = make([]int64, buckets)
		h.min = d
	}
	h.counts[bucket(uint64(d))]++
	h.n++
	h.sum += float64(d)
	h.min, h.max = min(h.min, d), max(h.max, d)
}

func (h *histogram) merge(other *histogram) {
	if other.n == 0 {
		return
	}
	if h.counts == nil {
		h.counts = make([]int64, buckets)
		h.min = other.min
	}
	for i, count := range other.counts {
		h.counts[i] += count
	}
	h.n += other.n
	h.sum += other.sum
	h.min, h.max = min(h.min, other.min), max(h.max, other.max)
}

func (h *histogram) mean() time.Duration {
	if h.n == 0 {
		return 0
	}
	return time.Duration(h.sum / float64(h.n))
}

// quantile is the smallest duration that at least the share q of all values
// does not exceed (nearest rank), rounded up to the end of its bucket.
func (h *histogram) quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(h.n)))
	var seen int64
	for i, count := range h.counts {
		seen += count
		if seen >= rank && count > 0 {
			return min(time.Duration(bucketEnd(i)), h.max)
		}
	}
	return 0
}

// bucket is the index of the bucket that holds v. Values below subBuckets have
// one each; above, the exponent and the first bits after the leading one count.
func bucket(v uint64) int {
	if v < subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - 1 - subBits
	return shift<<subBits + int(v>>shift)
}

// bucketEnd is the largest value in bucket i.
func bucketEnd(i int) uint64 {
	if i < subBuckets {
		return uint64(i)
	}
	shift := i>>subBits - 1
	first := uint64(i-shift<<subBits) << shift
	return first + 1<<shift - 1
}
