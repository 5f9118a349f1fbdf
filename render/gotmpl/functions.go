package gotmpl

import (
	"fmt"
	"html/template"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// namespaces are those of Hugo's functions.
var namespaces = set(`cast collections compare crypto css debug diagrams encoding fmt hash images inflect js lang math openapi3 os page partials
	path reflect resources safe strings templates time transform urls`)

// builtins of Go that are not ours.
var builtins = set("and or not len")

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(words) {
		all[word] = true
	}
	return all
}

// names are all functions, by either of their names.
var names = sync.OnceValue(func() map[string]bool {
	all := maps.Clone(builtins)
	for name := range (&run{}).functions() {
		all[name] = true
	}
	return all
})

func known(name string) bool { return names()[mangled(name)] }

// A function is one of Hugo's: its name in its namespace, its short name or "", and
// what it does.
type function struct {
	long, short string
	do          any
	deep        bool // it goes through values to their depth
}

// functions are those of one run. Each call has its price, and no value is larger than
// it may be.
func (r *run) functions() template.FuncMap {
	all := template.FuncMap{
		tickCall: func(size int) (string, error) { return "", r.spend(callCost + size) },
		tickTurn: func(size int) (string, error) { return "", r.spend(size) },
	}
	for _, f := range slices.Concat(r.pageFunctions(), r.stringFunctions(), listFunctions(), compareFunctions(), mathFunctions(), valueFunctions()) {
		do := r.priced(f)
		if f.long != "" {
			all[mangled(f.long)] = do
		}
		if f.short != "" {
			all[f.short] = do
		}
	}
	return all
}

var errorType = reflect.TypeFor[error]()

// priced is a function that costs something: by what it is given and what it makes.
func (r *run) priced(f function) any {
	fn, price := reflect.ValueOf(f.do), price
	if f.deep {
		price = func(value any) int { return deepPrice(value, MaxCost) }
	}
	kind := fn.Type()
	ins, outs := make([]reflect.Type, kind.NumIn()), []reflect.Type{kind.Out(0), errorType}
	for i := range ins {
		ins[i] = kind.In(i)
	}
	fail := func(err error) []reflect.Value {
		return []reflect.Value{reflect.Zero(outs[0]), reflect.ValueOf(&err).Elem()}
	}
	return reflect.MakeFunc(reflect.FuncOf(ins, outs, kind.IsVariadic()), func(args []reflect.Value) []reflect.Value {
		cost := 1
		for _, arg := range args {
			cost += price(arg.Interface())
			if kind.IsVariadic() && arg.Kind() == reflect.Slice {
				for i := range arg.Len() {
					cost += price(arg.Index(i).Interface())
				}
			}
		}
		if err := r.spend(cost); err != nil {
			return fail(err)
		}
		var out []reflect.Value
		if kind.IsVariadic() {
			out = fn.CallSlice(args)
		} else {
			out = fn.Call(args)
		}
		if len(out) == 2 && !out[1].IsNil() {
			return fail(out[1].Interface().(error))
		}
		if value := out[0].Interface(); value != nil {
			if err := sized(value); err != nil {
				return fail(err)
			}
			if err := r.spend(price(value)); err != nil {
				return fail(err)
			}
		}
		return []reflect.Value{out[0], reflect.Zero(errorType)}
	}).Interface()
}

// pageFunctions need the environment of the run.
func (r *run) pageFunctions() []function {
	ref := func(_ any, args any) (string, error) {
		if table, ok := args.(map[string]any); ok {
			args = table["path"]
		}
		if r.env.Ref == nil {
			return "", unknownHere("ref")
		}
		return r.env.Ref(text(args))
	}
	partial := func(name string, dot ...any) (template.HTML, error) {
		var out limitedText
		var view any
		if len(dot) > 0 {
			view = dot[0]
		}
		err := r.execute(name, &out, view)
		return template.HTML(out.String()), err
	}
	word := func(name any, _ ...any) (string, error) {
		found := r.env.Site.Words[strings.ToLower(text(name))]
		if strings.Contains(found, "{{") {
			return "", fmt.Errorf("the word %q is a template, which is not known here", text(name))
		}
		return found, nil
	}
	relative := func(v any) string { return relURL(r.env.Site.Prefix, text(v)) }
	absolute := func(v any) string { return absURL(r.env.Site, text(v)) }
	return []function{
		{"", "site", func() *Site { return r.env.Site }, false},
		{"", "page", func() *Page { return r.env.Page }, false},
		{"", "hugo", func() Hugo { return Hugo{} }, false},
		{"partials.Include", "partial", partial, false},
		{"partials.IncludeCached", "partialCached", partial, false},
		{"lang.Translate", "i18n", word, false},
		{"", "T", word, false},
		{"urls.Ref", "ref", ref, false},
		{"urls.RelRef", "relref", ref, false},
		{"urls.RelURL", "relURL", relative, false},
		{"urls.RelLangURL", "relLangURL", relative, false},
		{"urls.AbsURL", "absURL", absolute, false},
		{"urls.AbsLangURL", "absLangURL", absolute, false},
		{"transform.Markdownify", "markdownify", func(v any) (template.HTML, error) {
			if r.env.Markdown == nil {
				return "", unknownHere("markdownify")
			}
			return r.env.Markdown(text(v), false)
		}, false},
		{"transform.Highlight", "highlight", func(code, language any, options ...any) (template.HTML, error) {
			if r.env.Highlight == nil {
				return "", unknownHere("highlight")
			}
			return r.env.Highlight(text(code), text(language), highlightOptions(options))
		}, false},
		{"resources.Get", "", func(name any) (*Resource, error) { return r.asset(text(name)) }, false},
		{"fmt.Warnf", "warnf", func(format any, args ...any) string {
			if r.env.Warn != nil {
				r.env.Warn(fmt.Sprintf(text(format), args...))
			}
			return ""
		}, false},
		{"fmt.Errorf", "errorf", func(format any, args ...any) (string, error) {
			return "", fmt.Errorf("the template says: "+text(format), args...)
		}, false},
	}
}

// highlightOptions are a text, or a table of them.
func highlightOptions(options []any) string {
	if len(options) == 0 {
		return ""
	}
	table, ok := options[0].(map[string]any)
	if !ok {
		return text(options[0])
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(table)) {
		all = append(all, key+"="+text(table[key]))
	}
	return strings.Join(all, ",")
}

// asset is a file of the folder "assets", or nil.
func (r *run) asset(name string) (*Resource, error) {
	if r.env.Asset == nil {
		return nil, unknownHere("resources.Get")
	}
	data, ok := r.env.Asset(strings.TrimPrefix(name, "/"))
	if !ok {
		return nil, nil
	}
	if len(data) > MaxText {
		return nil, errTooMuch
	}
	return &Resource{Name: name, Title: name, Read: func() ([]byte, error) { return data, nil }}, nil
}

// Hugo is what the function of that name gives.
type Hugo struct{}

// Version is that of Hugo whose functions these are.
func (Hugo) Version() string { return "0.164.0" }

// Environment is "production".
func (Hugo) Environment() string { return "production" }

// IsProduction is true.
func (Hugo) IsProduction() bool { return true }

// IsDevelopment is false.
func (Hugo) IsDevelopment() bool { return false }

// IsServer is false: the preview shows what a build makes.
func (Hugo) IsServer() bool { return false }

// IsExtended is false.
func (Hugo) IsExtended() bool { return false }
