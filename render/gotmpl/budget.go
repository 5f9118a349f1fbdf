package gotmpl

import (
	"errors"
	"sync/atomic"
)

// A Budget bounds what all runs of a site's templates do together, in the unit of
// [MaxCost]. It is safe for concurrent use; nil has no bound.
type Budget struct{ left atomic.Int64 }

// ErrBudget says that the templates of a site together do more than they may.
var ErrBudget = errors.New("the templates of this site together do more than they may")

// NewBudget is one of so much.
func NewBudget(cost int) *Budget {
	b := &Budget{}
	b.left.Store(int64(cost))
	return b
}

// spend takes what a run has cost. It is an error once there is nothing left.
func (b *Budget) spend(cost int) error {
	if b != nil && b.left.Add(-int64(cost)) <= 0 {
		return ErrBudget
	}
	return nil
}
