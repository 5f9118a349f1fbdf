package bucket

import (
	"context"
	"sync"
)

// inParallel hands what produce puts to several workers, and waits for them. The
// first error, of a worker or of produce, ends all. The context that they get ends
// with it.
func inParallel[T any](ctx context.Context, produce func(ctx context.Context, put func(T) error) error, work func(context.Context, T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tasks := make(chan T)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for task := range tasks {
				if err := work(ctx, task); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	err := produce(ctx, func(task T) error {
		select {
		case tasks <- task:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(tasks)
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
