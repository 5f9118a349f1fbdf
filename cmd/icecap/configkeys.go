package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// checkKeys decodes the file strictly, because viper forgets line numbers: an
// unknown key is an error with its line and a guess at what was meant.
func checkKeys(file string, data []byte) error {
	var c config
	var err error
	switch filepath.Ext(file) {
	case ".toml":
		err = toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&c)
	case ".yaml", ".yml":
		decoder := yaml.NewDecoder(bytes.NewReader(data))
		decoder.KnownFields(true)
		if err = decoder.Decode(&c); err != nil && err.Error() == "EOF" {
			err = nil // an empty file
		}
	case ".json":
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&c)
	default:
		return &configError{what: "read configuration: unknown kind of file", at: file, hint: "name it .toml, .yaml or .json"}
	}
	if err == nil {
		return nil
	}
	return explainDecode(file, data, err)
}

// explainDecode finds line and key in the three libraries' errors.
func explainDecode(file string, data []byte, err error) error {
	var strict *toml.StrictMissingError
	var plain *toml.DecodeError
	switch {
	case errors.As(err, &strict) && len(strict.Errors) > 0:
		first := strict.Errors[0]
		row, column := first.Position()
		return unknownKey(fmt.Sprintf("%s:%d:%d", file, row, column), strings.Join(first.Key(), "."), first.String())
	case errors.As(err, &plain):
		row, column := plain.Position()
		return &configError{what: "read configuration: " + strings.TrimPrefix(plain.Error(), "toml: "),
			at: fmt.Sprintf("%s:%d:%d\n%s", file, row, column, plain.String())}
	}
	if m := yamlUnknown.FindStringSubmatch(err.Error()); m != nil {
		return unknownKey(file+":"+m[1], m[2], "")
	}
	if m := jsonUnknown.FindStringSubmatch(err.Error()); m != nil {
		line := 1 + bytes.Count(data[:max(0, bytes.Index(data, []byte(`"`+m[1]+`"`)))], []byte("\n"))
		return unknownKey(fmt.Sprintf("%s:%d", file, line), m[1], "")
	}
	return &configError{what: "read configuration: " + err.Error(), at: file}
}

var (
	yamlUnknown = regexp.MustCompile(`line (\d+): field (\S+) not found`)
	jsonUnknown = regexp.MustCompile(`unknown field "([^"]+)"`)
)

func unknownKey(at, key, excerpt string) error {
	e := &configError{what: fmt.Sprintf("unknown setting %q", key), at: at}
	if excerpt != "" {
		e.at += "\n" + strings.TrimRight(excerpt, "\n")
	}
	if guess := nearestKey(key); guess != "" {
		e.hint = fmt.Sprintf("did you mean %s?", guess)
	}
	return e
}

// nearestKey is the setting whose last word is closest to that of key, or "".
func nearestKey(key string) string {
	word := key[strings.LastIndexByte(key, '.')+1:]
	best, distance := "", 1+len(word)/3
	for _, known := range settings("", reflect.TypeFor[config]()) {
		if d := editDistance(word, known[strings.LastIndexByte(known, '.')+1:]); d <= distance {
			best, distance = known, d-1
		}
	}
	return best
}

// settings lists every key, with its section.
func settings(prefix string, t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		field := t.Field(i)
		key := field.Tag.Get("mapstructure")
		switch {
		case key == "":
		case field.Type.Kind() == reflect.Struct:
			keys = append(keys, prefix+key)
			keys = append(keys, settings(key+".", field.Type)...)
		case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct:
			keys = append(keys, key)
			keys = append(keys, settings(key+".", field.Type.Elem())...)
		default:
			keys = append(keys, prefix+key)
		}
	}
	return keys
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}
