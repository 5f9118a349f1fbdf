package hugo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// An Error is a mistake in a file of the configuration.
type Error struct {
	File string
	Line int // from 1; 0 if it is not known
	Err  error
}

func (e *Error) Error() string { return e.File + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// configNames are the files at the top that Hugo reads as its configuration, in the
// order in which it looks for them.
var configNames = []string{"hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml", "config.json"}

// configDirs are the folders of the configuration's parts: what every site has, and
// what "hugo" without more adds to it.
var configDirs = []string{"config/_default", "config/production"}

// maxConfig bounds a file of the configuration.
const maxConfig = 1 << 20

// Files lists the files of the configuration, none if the folder is not one of
// Hugo's: it is if there is one by the tool's name, or another one beside a folder
// "content".
func Files(fsys fs.FS) []string {
	var files []string
	for _, name := range configNames {
		if info, err := fs.Stat(fsys, name); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
			break
		}
	}
	own := len(files) > 0 && strings.HasPrefix(files[0], "hugo.")
	for _, dir := range configDirs {
		parts, err := fs.ReadDir(fsys, dir)
		if err != nil {
			continue // it need not be there
		}
		for _, part := range parts {
			if ext := path.Ext(part.Name()); slices.Contains([]string{".toml", ".yaml", ".yml", ".json"}, ext) && !part.IsDir() {
				files = append(files, dir+"/"+part.Name())
				own = own || strings.TrimSuffix(part.Name(), ext) == "hugo"
			}
		}
	}
	if info, err := fs.Stat(fsys, "content"); !own && (err != nil || !info.IsDir()) {
		return nil
	}
	return files
}

// A values is a table of the configuration, its keys in lower case at every depth.
type values map[string]any

// readAll reads all files into one table: what a part says is below the key that
// its name is, and later files go before.
func readAll(fsys fs.FS, files []string) (values, error) {
	all := values{}
	for _, file := range files {
		table, err := readFile(fsys, file)
		if err != nil {
			return nil, err
		}
		name := path.Base(file)
		name = strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))
		if name != "hugo" && name != "config" {
			table = part(name, table)
		}
		merge(all, table)
	}
	return all, nil
}

// part puts what a part of the configuration says below the key that its name is:
// that of menus.de and params.de in a language, that of languages.de is the
// language itself. A part may repeat its name as its only key.
func part(name string, table values) values {
	key, language, _ := strings.Cut(name, ".")
	var inside any = table
	if same, ok := table[key]; ok && len(table) == 1 {
		inside = same
	}
	switch {
	case language == "":
		return values{key: inside}
	case key == "params" || key == "menu" || key == "menus":
		inside = values{key: inside}
	}
	return values{"languages": values{language: inside}}
}

func readFile(fsys fs.FS, file string) (table values, err error) {
	info, err := fs.Stat(fsys, file)
	if err == nil && info.Size() > maxConfig {
		return nil, &Error{File: file, Err: fmt.Errorf("the file has %d bytes, more than %d", info.Size(), maxConfig)}
	}
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	defer func() {
		if recover() != nil { // a decoder must never take the build down
			table, err = nil, &Error{File: file, Err: errors.New("it is malformed")}
		}
	}()
	raw := map[string]any{}
	switch path.Ext(file) {
	case ".toml":
		err = toml.Unmarshal(data, &raw)
	case ".json":
		err = json.Unmarshal(data, &raw)
	default:
		err = yaml.Unmarshal(data, &raw)
	}
	if err != nil {
		return nil, explain(file, data, err)
	}
	return lower(raw).(values), nil
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// explain finds the line of a decoder's error.
func explain(file string, data []byte, err error) error {
	var decode *toml.DecodeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &decode):
		row, _ := decode.Position()
		return &Error{file, row, errors.New("read it as TOML: " + strings.TrimPrefix(decode.Error(), "toml: "))}
	case errors.As(err, &syntax):
		return &Error{file, 1 + strings.Count(string(data[:min(len(data), int(syntax.Offset))]), "\n"), fmt.Errorf("read it as JSON: %w", err)}
	}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ := strconv.Atoi(m[1])
		return &Error{file, line, errors.New("read it as YAML: " + m[2])}
	}
	return &Error{file, 0, err}
}

// lower makes keys lower case at every depth.
func lower(value any) any {
	switch v := value.(type) {
	case map[string]any:
		table := make(values, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			table[strings.ToLower(key)] = lower(v[key])
		}
		return table
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = lower(v[i])
		}
		return list
	}
	return value
}

// merge puts one table into another: tables in both are merged.
func merge(into, from values) {
	for key, value := range from {
		table, ok := value.(values)
		if below, both := into[key].(values); ok && both {
			merge(below, table)
			continue
		}
		into[key] = value
	}
}

// table is the table at a path, or nil.
func (v values) table(keys ...string) values {
	for _, key := range keys {
		v, _ = v[key].(values)
	}
	return v
}

// text is a text, a number or a boolean as a text; of several keys the first.
func (v values) text(keys ...string) string {
	for _, key := range keys {
		switch value := v[key].(type) {
		case string:
			return value
		case int, int64, uint64, float64, bool:
			return fmt.Sprint(value)
		}
	}
	return ""
}

// flag is a boolean.
func (v values) flag(key string, absent bool) bool {
	if b, err := strconv.ParseBool(strings.ToLower(v.text(key))); err == nil {
		return b
	}
	return absent
}

// number is a whole number.
func (v values) number(key string, absent int) int {
	if n, err := strconv.Atoi(v.text(key)); err == nil {
		return n
	}
	return absent
}

// texts is a list of texts, or one.
func (v values) texts(key string) (list []string) {
	switch value := v[key].(type) {
	case string:
		return []string{value}
	case []any:
		for _, item := range value {
			list = append(list, fmt.Sprint(item))
		}
	}
	return list
}

// tables is a list of tables, or one.
func (v values) tables(key string) (list []values) {
	switch value := v[key].(type) {
	case values:
		return []values{value}
	case []any:
		for _, item := range value {
			if table, ok := item.(values); ok {
				list = append(list, table)
			}
		}
	}
	return list
}

// Dirs are the folders whose change may change the configuration.
func Dirs() []string { return []string{"config", wordsDir} }
