package render

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"icecap/content"
	"icecap/render/theme"
)

// A Snapshot is the folder as it was when it was read: every text in full, of
// every other file its size and time.
type Snapshot struct {
	folder    *Folder
	settings  Settings
	theme     *theme.Theme
	voices    []*theme.Theme // it in each language of the dialect
	dialect   *dialect
	titles    titles
	scan      *scan
	sources   []source
	held      atomic.Int64 // bytes of texts
	zone      *time.Location
	wikilinks bool              // [[Page]] is a link
	guess     guess             // of whether it is, where nothing says so
	stamps    map[string]string // of the other files: what changes when they do
	data      data
	base      []byte // digest of what all texts are made with: settings, and the theme's words and measure
	all       sync.Once
	digest    string // of all, once it was asked for
}

// A source is a Markdown file.
type source struct {
	file  string
	data  []byte
	sum   [sha256.Size]byte
	front *front
	wiki  []string // see [wikiNames]; none where it is known whether the folder is a vault
}

// Read reads the folder. It parses nothing but the theme.
func (f *Folder) Read(ctx context.Context) (*Snapshot, error) {
	if f.room == nil {
		f.room = newRoom(f.workers())
	}
	d, err := f.dialect()
	if err != nil {
		return nil, err
	}
	s := &Snapshot{folder: f, dialect: d, titles: newTitles(d), settings: d.complete(f.Settings), stamps: map[string]string{}}
	if err := s.loadTheme(); err != nil {
		return nil, err
	}
	if err := s.readData(); err != nil {
		return nil, err
	}
	if s.zone, err = time.LoadLocation(s.settings.Timezone); err != nil {
		return nil, fmt.Errorf("find the time zone %q: %w", s.settings.Timezone, err)
	}
	if s.scan, err = f.scan(ctx, d); err != nil {
		return nil, err
	}
	if err := s.makeTexts(); err != nil {
		return nil, err
	}
	if err := s.readSources(ctx, func(*source) bool { return false }); err != nil {
		return nil, err
	}
	if err := s.restamp(nil, Changes{All: true}); err != nil {
		return nil, err
	}
	s.sum()
	return s, nil
}

// theme is the folder of the site's own templates; it need not be there. What it
// leads to by a symbolic link would lie outside the folder.
func (f *Folder) theme() (fs.FS, error) {
	if info, err := fs.Lstat(f.FS, themeDir); err == nil && !info.IsDir() {
		return nil, Problems{{File: themeDir, What: "it is no folder, or a symbolic link to one, which is not followed", Hint: "copy the theme into it"}}
	}
	own, err := fs.Sub(f.FS, themeDir)
	if err != nil {
		return nil, fmt.Errorf("open the theme: %w", err)
	}
	return own, nil
}

func (s *Snapshot) loadTheme() error {
	own, err := s.folder.theme()
	if err != nil {
		return err
	}
	if s.theme, err = theme.Load(own, theme.Options{Unminified: s.settings.Unminified, Language: s.settings.Language}); err != nil {
		return themeProblem(err)
	}
	s.voices = nil
	for _, l := range s.dialect.languages {
		folder := ""
		if l.dir != "" {
			folder = l.dir + "/"
		}
		voice, err := s.theme.In(l.locale, folder)
		if err != nil {
			return themeProblem(err)
		}
		s.voices = append(s.voices, voice)
	}
	return nil
}

// readSources reads all texts of the scan but those that known fills in.
func (s *Snapshot) readSources(ctx context.Context, known func(*source) bool) error {
	s.sources = make([]source, len(s.scan.markdown))
	problems := make([]*Problem, len(s.sources))
	err := s.folder.parallel(ctx, len(s.sources), func(i int) (err error) {
		s.sources[i].file = s.scan.markdown[i]
		if !known(&s.sources[i]) {
			problems[i], err = s.readSource(&s.sources[i])
		}
		return err
	})
	if err != nil {
		return err
	}
	if found := present(problems); len(found) > 0 {
		return found
	}
	return nil
}

// readSource reads one file, but not more than a person can have written.
func (s *Snapshot) readSource(src *source) (*Problem, error) {
	data, err := s.scan.made[src.file], error(nil)
	if data == nil {
		data, err = readLimited(s.folder.FS, src.file, maxMarkdown)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // deleted since the folder was read
	case errors.Is(err, errTooLong):
		return &Problem{File: src.file, What: fmt.Sprintf("the file has more than %d MiB", maxMarkdown>>20), Hint: "no text is that long; is it one?"}, nil
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", src.file, err)
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return &Problem{File: src.file, Line: 1 + strings.Count(string(data[:i]), "\n"), What: "the file holds a zero byte, so it is no text"}, nil
	}
	src.data, src.sum, src.front = data, sha256.Sum256(data), &front{}
	if !s.dialect.vault && !isOrg(src.file) {
		src.wiki = wikiNames(data)
	}
	if s.held.Add(int64(len(data))) > cmp.Or(s.folder.hold, maxHeld) {
		s.readFront(*src)
		src.front.fm.raw = bytes.Clone(src.front.fm.raw)
		src.data = nil
	}
	return nil, nil
}

// maxHeld is how many bytes of texts a snapshot holds. Those of a larger folder
// are read again when their pages are made: a hundred thousand posts would
// otherwise lie in memory twice, for the garbage collector.
const maxHeld = 64 << 20

var errTooLong = errors.New("too long")

// readLimited reads a whole file unless it is longer than limit.
func readLimited(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	if size > limit {
		return nil, errTooLong
	}
	data := make([]byte, 0, size+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == nil && size > 0 && int64(len(data)) == size:
			return data, nil // all of it: there was room for one byte more
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case int64(len(data)) > limit:
			return nil, errTooLong
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// Settings are those of the folder, completed by what the configuration of the tool
// that it was made for says.
func (s *Snapshot) Settings() Settings { return s.settings }

// Texts is the number of Markdown files.
func (s *Snapshot) Texts() int { return len(s.sources) }

// sum makes the digest of what every text has in common.
func (s *Snapshot) sum() {
	settings, err := json.Marshal(s.settings)
	if err != nil {
		panic(err) // text, numbers and booleans
	}
	s.guess = s.guessVault()
	s.wikilinks = s.settings.Wikilinks == "on" || s.settings.Wikilinks != "off" && (s.dialect.vault || s.dialect.wiki) || s.guess.vault
	base := sha256.New()
	base.Write(settings)
	base.Write(s.dialect.config)
	fmt.Fprintf(base, "%q %t %t %s", s.dialect.makers, s.wikilinks, s.guess.vault, s.theme.Measure())
	for _, voice := range s.voices {
		fmt.Fprintf(base, " %q", voice.Words())
	}
	s.base = base.Sum(nil)
}

// sumAll makes the digest of all, the first time. It takes the texts' own.
func (s *Snapshot) sumAll() string {
	s.all.Do(func() {
		all := bytes.NewBuffer(slices.Concat(s.base, s.theme.Digest(), s.data.sum[:]))
		for i := range s.sources {
			fmt.Fprintf(all, "%d %s ", len(s.sources[i].file), s.sources[i].file)
			all.Write(s.sources[i].sum[:])
		}
		for _, file := range slices.Concat(s.scan.files, s.scan.static, s.scan.beside) {
			fmt.Fprintf(all, "%q %s\n", file, s.stamps[file])
		}
		sum := sha256.Sum256(all.Bytes())
		s.digest = hex.EncodeToString(sum[:16])
	})
	return s.digest
}

// sitemapPath is the page whose version stands for the whole site.
const sitemapName = "sitemap.xml"

// Unchanged reports whether the entry that was published for [Settings.Sitemap]
// was made from these very files and settings, and no post has appeared or
// expired by itself since then.
func (s *Snapshot) Unchanged(sitemap content.Entry) bool {
	digest, next, _ := strings.Cut(sitemap.Version, " ")
	if digest != s.sumAll() {
		return false
	}
	if next == "" {
		return true
	}
	at, err := time.Parse(time.RFC3339, next)
	return err == nil && s.folder.Now.Before(at)
}

// Sitemap is the path of the sitemap.
func (s Settings) Sitemap() string { return s.withDefaults().Prefix + sitemapName }

// themeProblem says where a template is wrong.
func themeProblem(err error) error {
	var wrong *theme.Error
	if !errors.As(err, &wrong) {
		return err
	}
	return Problems{{File: themeDir + "/" + wrong.File, Line: wrong.Line, Excerpt: wrong.Excerpt, What: wrong.Err.Error(), Hint: "the package comment of render/theme lists what templates get"}}
}

func present(list []*Problem) (found Problems) {
	for _, p := range list {
		if p != nil {
			found = append(found, *p)
		}
	}
	return found
}
