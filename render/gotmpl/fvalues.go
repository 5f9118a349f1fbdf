package gotmpl

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math"
	pathpkg "path"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// compareFunctions compare two values, or choose one.
func compareFunctions() []function {
	asks := func(answer func(order int) bool) func(x any, others ...any) bool {
		return func(x any, others ...any) bool {
			for _, y := range others {
				if !answer(compare(x, y)) {
					return false
				}
			}
			return true
		}
	}
	return []function{
		{"compare.Eq", "eq", func(x any, others ...any) bool {
			for _, y := range others {
				if equal(x, y) {
					return true
				}
			}
			return false
		}, false},
		{"compare.Ne", "ne", func(x any, others ...any) bool {
			for _, y := range others {
				if equal(x, y) {
					return false
				}
			}
			return true
		}, false},
		{"compare.Lt", "lt", asks(func(order int) bool { return order < 0 }), false},
		{"compare.Le", "le", asks(func(order int) bool { return order <= 0 }), false},
		{"compare.Gt", "gt", asks(func(order int) bool { return order > 0 }), false},
		{"compare.Ge", "ge", asks(func(order int) bool { return order >= 0 }), false},
		{"compare.Default", "default", func(otherwise any, given ...any) any {
			if len(given) > 0 && isSet(given[0]) {
				return given[0]
			}
			return otherwise
		}, false},
		{"compare.Conditional", "cond", func(ask, yes, no any) any {
			if truth(ask) {
				return yes
			}
			return no
		}, false},
	}
}

// mathFunctions compute.
func mathFunctions() []function {
	sum := func(sign string) func(x any, more ...any) (any, error) {
		return func(x any, more ...any) (any, error) {
			total, err := x, error(nil)
			for _, y := range more {
				if total, err = arithmetic(sign, total, y); err != nil {
					return nil, err
				}
			}
			return total, nil
		}
	}
	of := func(do func(float64) float64) func(any) (float64, error) {
		return func(x any) (float64, error) {
			f, err := number(x)
			return do(f), err
		}
	}
	return []function{
		{"math.Add", "add", sum("+"), false},
		{"math.Sub", "sub", sum("-"), false},
		{"math.Mul", "mul", sum("*"), false},
		{"math.Div", "div", sum("/"), false},
		{"math.Mod", "mod", func(x, y any) (any, error) { return arithmetic("%", x, y) }, false},
		{"math.ModBool", "modBool", func(x, y any) (bool, error) {
			rest, err := arithmetic("%", x, y)
			return rest == 0, err
		}, false},
		{"math.Max", "", func(x any, more ...any) any { return extreme(1, x, more) }, false},
		{"math.Min", "", func(x any, more ...any) any { return extreme(-1, x, more) }, false},
		{"math.Round", "", of(math.Round), false},
		{"math.Floor", "", of(math.Floor), false},
		{"math.Ceil", "", of(math.Ceil), false},
		{"math.Abs", "", of(math.Abs), false},
		{"math.Sqrt", "", of(math.Sqrt), false},
		{"math.Pow", "pow", func(x, y any) (float64, error) {
			a, errA := number(x)
			b, errB := number(y)
			return math.Pow(a, b), errors.Join(errA, errB)
		}, false},
	}
}

// valueFunctions convert.
func valueFunctions() []function {
	hash := func(do func([]byte) []byte) func(any) string {
		return func(v any) string { return hex.EncodeToString(do([]byte(text(v)))) }
	}
	return []function{
		{"cast.ToString", "string", text, false},
		{"cast.ToInt", "int", whole, false},
		{"cast.ToFloat", "float", number, false},
		{"hash.MD5", "md5", hash(func(b []byte) []byte { s := md5.Sum(b); return s[:] }), false},
		{"crypto.MD5", "", hash(func(b []byte) []byte { s := md5.Sum(b); return s[:] }), false},
		{"crypto.SHA1", "sha1", hash(func(b []byte) []byte { s := sha1.Sum(b); return s[:] }), false},
		{"crypto.SHA256", "sha256", hash(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }), false},
		{"encoding.Jsonify", "jsonify", jsonify, true},
		{"transform.Unmarshal", "unmarshal", unmarshal, false},
		{"time.AsTime", "time", asTime, false},
		{"time.Format", "dateFormat", formatTime, false},
		{"path.Base", "", func(v any) string { return pathpkg.Base(text(v)) }, false},
		{"path.BaseName", "", func(v any) string {
			return strings.TrimSuffix(pathpkg.Base(text(v)), pathpkg.Ext(text(v)))
		}, false},
		{"path.Clean", "", func(v any) string { return pathpkg.Clean(text(v)) }, false},
		{"path.Dir", "", func(v any) string { return pathpkg.Dir(text(v)) }, false},
		{"path.Ext", "", func(v any) string { return pathpkg.Ext(text(v)) }, false},
		{"path.Join", "", func(parts ...any) string { return pathpkg.Join(texts(parts)...) }, false},
		{"urls.JoinPath", "", func(parts ...any) string { return strings.Join(texts(parts), "/") }, false},
	}
}

// texts are values as texts; a list among them is its items.
func texts(values []any) (all []string) {
	for _, v := range values {
		if isList(v) {
			items, _ := list(v)
			for _, item := range items {
				all = append(all, text(item))
			}
			continue
		}
		all = append(all, text(v))
	}
	return all
}

func extreme(sign int, x any, more []any) any {
	for _, y := range more {
		if compare(y, x)*sign > 0 {
			x = y
		}
	}
	return x
}

// jsonify writes JSON: jsonify [OPTIONS] VALUE.
func jsonify(args ...any) (template.HTML, error) {
	if len(args) == 0 {
		return "", errors.New("jsonify needs a value")
	}
	prefix, indent, escape := "", "", true
	if options, ok := args[0].(map[string]any); ok && len(args) > 1 {
		prefix, indent = text(member(options, "prefix")), text(member(options, "indent"))
		escape = !(member(options, "noHTMLEscape") == true || member(options, "nohtmlescape") == true)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escape)
	if prefix != "" || indent != "" {
		if len(prefix)+len(indent) > 20 {
			return "", errTooMuch
		}
		encoder.SetIndent(prefix, indent)
	}
	err := encoder.Encode(args[len(args)-1])
	return template.HTML(strings.TrimSuffix(b.String(), "\n")), err
}

// unmarshal reads JSON, YAML, TOML or CSV, of a text or a resource.
func unmarshal(args ...any) (value any, err error) {
	if len(args) == 0 {
		return nil, errors.New("unmarshal needs a text")
	}
	options, _ := args[0].(map[string]any)
	source, name := text(args[len(args)-1]), ""
	if r, ok := args[len(args)-1].(*Resource); ok {
		if r == nil {
			return nil, errors.New("unmarshal has no file to read")
		}
		if source, err = r.Content(); err != nil {
			return nil, err
		}
		name = r.Name
	}
	defer func() {
		if recover() != nil { // a decoder must never take the build down
			value, err = nil, errors.New("it is malformed")
		}
	}()
	format := strings.TrimPrefix(pathpkg.Ext(name), ".")
	if given := text(member(options, "format")); given != "" {
		format = given
	}
	trimmed := strings.TrimSpace(source)
	switch {
	case trimmed == "":
		return nil, nil
	case format == "csv":
		return readCSV(source, options)
	case format == "toml", format == "" && strings.Contains(strings.SplitN(trimmed, "\n", 2)[0], "=") && !strings.HasPrefix(trimmed, "{"), format == "" && strings.HasPrefix(trimmed, "["+"[") && strings.Contains(trimmed, "="):
		table := map[string]any{}
		err = toml.Unmarshal([]byte(source), &table)
		return table, err
	case format == "json", format == "" && (trimmed[0] == '{' || trimmed[0] == '['):
		decoder := json.NewDecoder(strings.NewReader(source))
		err = decoder.Decode(&value)
		return value, err
	case format == "yaml", format == "yml", format == "":
		err = yaml.Unmarshal([]byte(source), &value)
		return value, err
	}
	return nil, fmt.Errorf("it reads the format %q, which is not known here", format)
}

func readCSV(source string, options map[string]any) (any, error) {
	reader := csv.NewReader(strings.NewReader(source))
	reader.LazyQuotes = member(options, "lazyQuotes") == true
	if delimiter := []rune(text(member(options, "delimiter"))); len(delimiter) == 1 {
		reader.Comma = delimiter[0]
	}
	rows, err := reader.ReadAll()
	if err != nil || text(member(options, "targetType")) != "map" || len(rows) == 0 {
		return rows, err
	}
	var tables []any
	for _, row := range rows[1:] {
		table := map[string]any{}
		for i, head := range rows[0] {
			table[head] = row[i]
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// timeForms are those in which people write times.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "January 2, 2006", "2 January 2006", "Jan 2, 2006", "2 Jan 2006", time.RFC1123Z, time.RFC1123, "2006-01", "2006"}

func asTime(value any, _ ...any) (time.Time, error) {
	if t, ok := value.(time.Time); ok {
		return t, nil
	}
	if d, ok := value.(toml.LocalDate); ok {
		return d.AsTime(time.UTC), nil
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, strings.TrimSpace(text(value))); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", text(value))
}

// namedForms are layouts by their names.
var namedForms = map[string]string{":date_full": "Monday, January 2, 2006", ":date_long": "January 2, 2006", ":date_medium": "Jan 2, 2006", ":date_short": "1/2/06", ":time_medium": "3:04:05 pm", ":time_short": "3:04 pm"}

func formatTime(layout, value any) (string, error) {
	t, err := asTime(value)
	form := text(layout)
	if named, ok := namedForms[form]; ok {
		form = named
	}
	if len(form) > 1000 {
		return "", errTooMuch
	}
	return t.Format(form), err
}
