package render

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

func (f *Folder) workers() int {
	if f.Workers > 0 {
		return f.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// parallel calls do for 0 to n-1, as many at a time as there are workers, until
// one fails or the context ends.
func (f *Folder) parallel(ctx context.Context, n int, do func(int) error) error {
	var next atomic.Int64
	var group sync.WaitGroup
	var once sync.Once
	var failed error
	var stop atomic.Bool
	for range min(f.workers(), n) {
		group.Go(func() {
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = do(i)
				}
				if err != nil {
					once.Do(func() { failed = err })
					stop.Store(true)
				}
			}
		})
	}
	group.Wait()
	return failed
}
