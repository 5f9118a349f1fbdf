package preview

import (
	"context"
	"errors"
	"sync"
	"time"

	"icecap/content"
	"icecap/render"
)

// A Server is the preview of one folder. Its fields are set before the first call.
type Server struct {
	// Open opens the folder: at first, and when anything may have changed, for it
	// may have been deleted and made again.
	Open   func() (*render.Folder, error)
	Before content.Site // what was published last: where pages moved, there are redirects
	Hosts  []string     // names under which it may be asked, beside localhost and addresses
	Jump   bool         // the browser goes to the page that was edited

	checks   sync.RWMutex // held for reading by a check
	mu       sync.RWMutex // of what follows
	folder   *render.Folder
	snapshot *render.Snapshot
	blog     *render.Blog // that answers
	good     *render.Blog // the last one that was found without a mistake
	now      time.Time    // of the last update
	missed   render.Changes
	broken   render.Problems // of the last update; blog is of the one before
	found    render.Problems // of the last check
	state    state
	streams  streams
}

// A Report is what an update did.
type Report struct {
	Problems render.Problems // mistakes; the pages of before stay
	Pages    int
	Next     render.Change // next change by itself
	URL      string        // page of the file that changed, if it was one
	Took     time.Duration
}

// Update takes up changes of the folder. An error is one of reading the folder;
// mistakes in it are in the report.
func (s *Server) Update(ctx context.Context, now time.Time, changes render.Changes) (Report, error) {
	start := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
	// What an update could not take up, the next one has to.
	s.missed.Names = append(s.missed.Names, changes.Names...)
	s.missed.All = s.missed.All || changes.All
	err := s.load(ctx, now)
	var problems render.Problems
	if err != nil && !errors.As(err, &problems) {
		return Report{}, err
	}
	s.broken = problems
	if err == nil {
		s.missed = render.Changes{}
	}
	report := Report{Problems: problems}
	if s.blog != nil {
		report.Pages, report.Next = len(s.blog.Keys()), s.blog.Next()
		s.state.Changed = s.urls(changes.Names)
		s.state.Edited = edited{}
		if len(changes.Names) == 1 {
			s.state.Edited = edited{File: changes.Names[0], URL: s.blog.URLOf(changes.Names[0])}
			report.URL = s.state.Edited.URL
		}
	}
	s.tell()
	report.Took = time.Since(start)
	return report, nil
}

// load brings the blog up to date with the folder.
func (s *Server) load(ctx context.Context, now time.Time) error {
	if s.rewrite(ctx, now) {
		return nil
	}
	snapshot, err := s.read(ctx, now)
	if err != nil {
		return err
	}
	blog, err := snapshot.Blog(ctx, s.Before)
	if err != nil {
		return err
	}
	s.snapshot, s.blog = snapshot, blog
	return nil
}

// rewrite is the short way, for words alone. It waits for a check that was given up.
func (s *Server) rewrite(ctx context.Context, now time.Time) bool {
	if s.blog == nil {
		return false
	}
	s.checks.Lock()
	defer s.checks.Unlock()
	snapshot, ok := s.blog.Rewrite(ctx, now, s.missed)
	if ok {
		s.snapshot = snapshot
	}
	return ok
}

// read reads what changed, or everything.
func (s *Server) read(ctx context.Context, now time.Time) (*render.Snapshot, error) {
	var cache *render.Cache
	if s.blog != nil {
		cache = s.blog.Cache()
	}
	if s.snapshot != nil && !s.missed.All {
		return s.snapshot.Update(ctx, now, s.missed, cache)
	}
	folder, err := s.Open()
	if err != nil {
		return nil, err
	}
	folder.Now = now
	if cache != nil {
		folder.Cache = cache
	}
	s.folder = folder
	return folder.Read(ctx)
}

// Published says what was published last. The pages stay; the redirects from where
// they were may not.
func (s *Server) Published(ctx context.Context, site content.Site) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Before = site
	if s.snapshot == nil {
		return nil
	}
	blog, err := s.snapshot.Blog(ctx, site)
	if err != nil {
		return err
	}
	s.blog = blog
	return nil
}

// urls are the paths of what is published as it is, for style sheets and pictures.
func (s *Server) urls(names []string) (list []string) {
	for _, name := range names {
		if url := s.blog.URLOf(name); url != "" {
			list = append(list, url)
		}
	}
	return list
}

// Check looks for the mistakes that no single page shows, such as links that lead
// nowhere, and for what a build would warn of. It may go on while pages are asked
// for, and is given up with its context.
func (s *Server) Check(ctx context.Context) (problems, warnings render.Problems, err error) {
	s.mu.RLock()
	blog, generation := s.blog, s.state.Generation
	s.checks.RLock() // an update waits for it with mu held
	s.mu.RUnlock()
	if blog == nil {
		s.checks.RUnlock()
		return nil, nil, nil
	}
	err = blog.Check(ctx)
	warnings = blog.Warnings()
	s.checks.RUnlock()
	if err != nil && !errors.As(err, &problems) {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if blog != s.blog || generation != s.state.Generation {
		return problems, warnings, nil // there is a newer state, which is checked as well
	}
	if err == nil {
		s.good = blog
	}
	if len(problems)+len(s.found) > 0 {
		s.found = problems
		s.state.Changed, s.state.Edited = nil, edited{}
		s.tell()
	}
	return problems, warnings, nil
}

// tell sends the state to all browsers. The lock is held.
func (s *Server) tell() {
	s.state.Generation++
	s.state.Jump = s.Jump
	s.state.Problems = s.mistakes(nil)
	s.streams.send(s.state)
}

// mistakes are what the panel shows: those of a page, if any, come first.
func (s *Server) mistakes(page render.Problems) []mistake {
	list := []mistake{}
	seen := map[string]bool{}
	for _, problems := range []render.Problems{page, s.broken, s.found} {
		for _, p := range problems {
			if seen[p.Error()] || len(list) == maxMistakes {
				continue
			}
			seen[p.Error()] = true
			list = append(list, mistake{p.File, p.Line, p.Excerpt, p.What, p.Hint})
		}
	}
	return list
}

// maxMistakes is how many are shown; the first ones mostly explain the rest.
const maxMistakes = 20
