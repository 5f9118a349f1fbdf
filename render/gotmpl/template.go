package gotmpl

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	texttemplate "text/template"
	"text/template/parse"
)

// The limits of one run.
const (
	MaxCost   = 1_000_000
	MaxText   = 1 << 20
	MaxList   = 20_000
	MaxOutput = 4 << 20
	// MaxFile bounds the text of a template.
	MaxFile = 256 << 10

	plainCosts = 20
	callCost   = 2000 // of a template within another, so that none lies deep in itself
)

// An Unsupported says what of a template cannot be run here.
type Unsupported struct {
	File string
	Line int
	What string // `it uses "images.Filter"`
}

func (e *Unsupported) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// A Source finds the text of a partial by its name, as "icons/star.html", and says which
// file it is.
type Source func(name string) (file string, text []byte, ok bool)

// A Template is one file with the partials it includes. It is safe for concurrent use.
type Template struct {
	File string
	// Wide says that the template asks for more than the page it stands in.
	Wide bool
	// Inner says that the template shows what is between the tags of a shortcode.
	Inner bool

	plain    bool // writes no HTML
	trees    map[string]*parse.Tree
	files    map[string]string // of the trees, by the name at the beginning of it
	runnable sync.Pool         // of *run
}

// Parse reads a template of HTML. The error is an *[Unsupported], or says what is wrong
// with its syntax.
func Parse(file string, text []byte, partials Source) (*Template, error) {
	return read(file, text, partials, false)
}

// ParsePlain reads a template of a text that is no HTML.
func ParsePlain(file string, text []byte) (*Template, error) { return read(file, text, nil, true) }

func read(file string, text []byte, partials Source, plain bool) (*Template, error) {
	t := &Template{File: file, plain: plain, trees: map[string]*parse.Tree{}, files: map[string]string{}}
	r := reader{template: t, partials: partials}
	if err := r.add(mainName, file, text); err != nil {
		return nil, err
	}
	first, err := t.newRun()
	if err != nil {
		return nil, err
	}
	t.runnable.Put(first)
	return t, nil
}

// mainName is the template of the file itself.
const mainName = "main"

// A run is a template that one goroutine executes. Its functions know its environment.
type run struct {
	env     *Env
	cost    int
	execute func(name string, w io.Writer, dot any) error
}

func (t *Template) newRun() (*run, error) {
	r := &run{}
	text, html := texttemplate.New(""), htmltemplate.New("")
	if t.plain {
		text.Funcs(r.functions())
		r.execute = func(name string, w io.Writer, dot any) error { return text.ExecuteTemplate(w, name, dot) }
	} else {
		html.Funcs(r.functions())
		r.execute = func(name string, w io.Writer, dot any) error { return html.ExecuteTemplate(w, name, dot) }
	}
	for name, tree := range t.trees {
		var err error
		if t.plain {
			_, err = text.AddParseTree(name, tree.Copy())
		} else {
			_, err = html.AddParseTree(name, tree.Copy())
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.File, err)
		}
	}
	return r, nil
}

// Execute writes what the template makes of a dot. The error is an *[Unsupported], or
// says what went wrong.
func (t *Template) Execute(env *Env, dot any) (string, error) {
	r, ok := t.runnable.Get().(*run)
	if !ok {
		var err error
		if r, err = t.newRun(); err != nil {
			return "", err
		}
	}
	limit := MaxCost
	if t.plain { // it is run once for a site, not for each use of a shortcode
		limit *= plainCosts
	}
	r.env, r.cost = env, limit
	out := &limitedText{}
	err := env.Budget.spend(0)
	if err == nil {
		err = r.execute(mainName, out, dot)
		if spent := env.Budget.spend(limit - r.cost); spent != nil {
			err = spent
		}
	}
	r.env = nil
	t.runnable.Put(r)
	if errors.Is(err, ErrBudget) {
		return "", err
	}
	if err != nil {
		return "", t.explain(err)
	}
	return out.String(), nil
}

// limitedText is the output of a run.
type limitedText struct{ strings.Builder }

func (l *limitedText) Write(p []byte) (int, error) {
	if l.Len()+len(p) > MaxOutput {
		return 0, errTooMuch
	}
	return l.Builder.Write(p)
}

var (
	errTooMuch = errors.New("it writes or makes more than a template may")
	errCostly  = errors.New("it does more than a template may: is a loop without end in it?")
)

// spend takes the price of something from what is left.
func (r *run) spend(price int) error {
	if r.cost -= price; r.cost < 0 {
		return errCostly
	}
	return nil
}

var (
	templateError = regexp.MustCompile(`^(?:html/)?template: ?([^:]*):(\d+)(?::\d+)?: (?s:(.*))$`)
	executing     = regexp.MustCompile(`^executing "[^"]*" at <(?s:.*?)>: (?s:(.*))$`)
	calling       = regexp.MustCompile(`^error calling \w+: (?s:(.*))$`)
	noField       = regexp.MustCompile(`can't evaluate field (\w+) in type`)
)

// explain finds the place of an error of Go's template packages.
func (t *Template) explain(err error) error {
	var own *Unsupported
	if errors.As(err, &own) {
		return own
	}
	m := templateError.FindStringSubmatch(err.Error())
	if m == nil {
		return &Unsupported{File: t.File, Line: 1, What: strings.TrimPrefix(err.Error(), "html/template:"+mainName+": ")}
	}
	line, _ := strconv.Atoi(m[2])
	what := m[3]
	if in := executing.FindStringSubmatch(what); in != nil {
		what = in[1]
	}
	if in := calling.FindStringSubmatch(what); in != nil {
		what = in[1]
	}
	if field := noField.FindStringSubmatch(what); field != nil {
		what = fmt.Sprintf("it uses .%s, which is not known here", field[1])
	}
	file := t.files[m[1]]
	if file == "" {
		file = t.File
	}
	return &Unsupported{File: file, Line: line, What: what}
}
