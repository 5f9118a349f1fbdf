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

	lobby    lobby
	checking sync.Mutex   // held by a check
	checks   sync.RWMutex // held for reading while one reads the blog
	mu       sync.RWMutex // of what follows
	folder   *render.Folder
	snapshot *render.Snapshot
	blog     *render.Blog // that answers
	good     *render.Blog // the last one that was found without a mistake
	now      time.Time    // of the last update
	missed   render.Changes
	broken   render.Problems // of the last update; blog is of the one before
	found    render.Problems // of the last check
	doubtful bool            // a check may find something else
	giveUp   func()          // ends a check that is at work; nil before the first
	state    state
	streams  streams
}

// A Report is what an update did.
type Report struct {
	Problems render.Problems // mistakes; the pages of before stay
	Pages    int
	Next     render.Change // next change by itself
	URL      string        // page of the file that changed, if it was one
	Doubtful bool          // [Server.Check] may find something that the last one did not
	Took     time.Duration
}

// Update takes up changes of the folder. An error is one of reading the folder;
// mistakes in it are in the report.
func (s *Server) Update(ctx context.Context, now time.Time, changes render.Changes) (Report, error) {
	start := time.Now()
	s.lobby.enter()
	defer s.lobby.leave()
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
	report := Report{Problems: problems, Doubtful: s.doubtful}
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
	if s.giveUp != nil {
		s.giveUp()
	}
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
	if same := s.blog != nil && blog.FindsAs(s.blog); !same {
		s.doubtful = true
	} else if s.good == s.blog {
		s.good = blog
	}
	s.snapshot, s.blog = snapshot, blog
	return nil
}

// rewrite is the short way, for words alone, or for the theme.
func (s *Server) rewrite(ctx context.Context, now time.Time) bool {
	if s.blog == nil || s.missed.All || len(s.missed.Names) == 0 {
		return false
	}
	s.checks.Lock() // a check may be at its last text yet
	defer s.checks.Unlock()
	if snapshot, ok := s.blog.Rewrite(ctx, now, s.missed); ok {
		s.snapshot, s.doubtful = snapshot, true
		return true
	}
	snapshot, ok := s.blog.Retheme(ctx, now, s.missed)
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
	s.lobby.enter()
	defer s.lobby.leave()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Before, s.doubtful = site, true
	if s.snapshot == nil {
		return nil
	}
	var problems render.Problems
	if err := s.load(ctx, s.now); err != nil && !errors.As(err, &problems) {
		return err
	}
	return nil // of a mistake since then, an update has told
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
// nowhere, and for what a build would warn of. It goes on while pages are asked for,
// but stands back behind them, and keeps one processor busy at most. When an update
// comes it begins again; its context ends it.
func (s *Server) Check(ctx context.Context) (problems, warnings render.Problems, err error) {
	s.checking.Lock()
	defer s.checking.Unlock()
	turn := s.lobby.turns()
	for {
		if err := turn(ctx); err != nil {
			return nil, nil, err
		}
		blog, generation, err := s.check(ctx, turn)
		if errors.Is(err, context.Canceled) {
			continue
		}
		problems = nil
		if err != nil && !errors.As(err, &problems) {
			return nil, nil, err
		}
		if warnings, ok := s.checked(blog, generation, problems); ok {
			return problems, warnings, nil
		}
	}
}

// check checks the state as it is, until an update comes.
func (s *Server) check(ctx context.Context, turn func(context.Context) error) (*render.Blog, int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	blog, generation := s.blog, s.state.Generation
	s.giveUp = cancel
	s.checks.RLock() // an update waits for it with mu held
	s.mu.Unlock()
	defer s.checks.RUnlock()
	if blog == nil {
		return nil, generation, nil
	}
	return blog, generation, blog.Check(ctx, turn)
}

// checked takes up what a check found, unless there is a newer state.
func (s *Server) checked(blog *render.Blog, generation int, problems render.Problems) (warnings render.Problems, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if blog != s.blog || generation != s.state.Generation {
		return nil, false
	}
	if blog == nil {
		return nil, true
	}
	s.doubtful = false
	if len(problems) == 0 {
		s.good = blog
	}
	if len(problems)+len(s.found) > 0 {
		s.found = problems
		s.state.Changed, s.state.Edited = nil, edited{}
		s.tell()
	}
	return blog.Warnings(), true
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
