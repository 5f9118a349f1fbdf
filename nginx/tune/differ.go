package tune

import (
	"cmp"
	"math"
	"slices"
)

// differ is the probability that two samples that are as far apart as these come
// from the same distribution: the Mann-Whitney test, two-sided, with the rounds of
// one life compared among each other only (van Elteren, "On the combination of
// independent two sample tests of Wilcoxon", 1960). So a machine that gets slower
// from life to life hides nothing. It is exact, with ties. Few samples have no small
// one: three of each cannot be below 0.1, six in two lives not below 0.005.
func differ[T cmp.Ordered](a, b []T) float64 {
	n := min(len(a), len(b))
	chances := []float64{1} // of each sum of ranks, if there is no difference
	sum, expected := 0, 0
	for from := 0; from < n; from += lifeRounds {
		to := min(from+lifeRounds, n)
		ranks := doubleRanks(slices.Concat(a[from:to], b[from:to]))
		for _, rank := range ranks[:to-from] {
			sum += rank
		}
		expected += (to - from) * (2*(to-from) + 1)
		chances = convolve(chances, sums(ranks, to-from))
	}
	p := 0.0
	far := math.Abs(float64(sum - expected))
	for s, chance := range chances {
		if math.Abs(float64(s-expected)) >= far {
			p += chance
		}
	}
	return min(p, 1)
}

// doubleRanks are the ranks from 1, times two: equal values share the mean of theirs.
func doubleRanks[T cmp.Ordered](values []T) []int {
	ranks := make([]int, len(values))
	for i, v := range values {
		ranks[i] = 1
		for _, other := range values {
			ranks[i] += 1 + cmp.Compare(v, other) // below 2, equal 1, above 0
		}
	}
	return ranks
}

// sums are the chances of each sum of n of the ranks.
func sums(ranks []int, n int) []float64 {
	total := 0
	for _, rank := range ranks {
		total += rank
	}
	ways := make([][]float64, n+1) // by how many are picked, and by their sum
	for i := range ways {
		ways[i] = make([]float64, total+1)
	}
	ways[0][0] = 1
	for _, rank := range ranks {
		for many := n; many > 0; many-- {
			for sum := rank; sum <= total; sum++ {
				ways[many][sum] += ways[many-1][sum-rank]
			}
		}
	}
	all, chances := 0.0, ways[n]
	for _, w := range chances {
		all += w
	}
	for s := range chances {
		chances[s] /= all
	}
	return chances
}

// convolve are the chances of each sum of one of both.
func convolve(a, b []float64) []float64 {
	out := make([]float64, len(a)+len(b)-1)
	for s, p := range a {
		for t, q := range b {
			out[s+t] += p * q
		}
	}
	return out
}
