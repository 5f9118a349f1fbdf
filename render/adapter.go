package render

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"icecap/render/gotmpl"
)

// adapterName is the file of a content adapter of a Hugo site: a template that adds
// pages below its folder, which are texts here like any other.
const adapterName = "_content.gotmpl"

// maxMade bounds what all content adapters make, in bytes.
const maxMade = 32 << 20

// makeTexts runs the content adapters of the scan. One that cannot be run is a warning.
func (s *Snapshot) makeTexts() error {
	if len(s.scan.adapters) == 0 {
		return nil
	}
	if l := s.dialect.layouts; !l.usesData { // of this folder nobody else knows yet
		l.usesData = true
		if err := s.readData(); err != nil {
			return err
		}
	}
	s.scan.made = map[string][]byte{}
	written := map[string]bool{}
	for _, file := range s.scan.markdown {
		written[strings.TrimSuffix(file, path.Ext(file))] = true
	}
	size := 0
	for _, file := range s.scan.adapters {
		made, err := s.runAdapter(file)
		if err != nil {
			s.scan.warnings = append(s.scan.warnings, Problem{File: file, What: fmt.Sprintf("no page is made of it: %v", err), Hint: "what of templates is known here says the package comment of render/gotmpl"})
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(made)) {
			if size += len(made[name]); size > maxMade {
				return Problems{{File: file, What: fmt.Sprintf("content adapters make more than %d MiB", maxMade>>20)}}
			}
			if s.scan.made[name] == nil && !written[strings.TrimSuffix(name, path.Ext(name))] {
				s.scan.made[name] = made[name]
				s.scan.markdown = append(s.scan.markdown, name)
			}
		}
	}
	slices.Sort(s.scan.markdown)
	return nil
}

// runAdapter lists the texts that one adds, by the names that their files would have.
func (s *Snapshot) runAdapter(file string) (map[string][]byte, error) {
	text, err := readLimited(s.folder.FS, file, gotmpl.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	t, err := gotmpl.ParsePlain(file, text)
	if err != nil {
		return nil, err
	}
	params, _ := lowerKeys(s.dialect.languages[0].params).(map[string]any)
	site := &gotmpl.Site{Title: s.settings.Title, BaseURL: s.settings.URL + s.settings.Prefix, Prefix: s.settings.Prefix, LanguageCode: s.settings.Language, Params: params, Data: s.data.plain(), Lang: s.dialect.languages[0].key}
	made := map[string][]byte{}
	adapter := &gotmpl.Adapter{Site: site, Add: func(page map[string]any) error {
		name, text, err := madeText(page)
		if err == nil {
			made[path.Join(path.Dir(file), name)] = text
		}
		return err
	}}
	env := &gotmpl.Env{Site: site, Title: s.dialect.layouts.title, Asset: func(name string) ([]byte, bool) {
		data, err := readLimited(s.folder.FS, path.Join("assets", path.Clean("/"+name)), gotmpl.MaxText)
		return data, err == nil
	}}
	_, err = t.Execute(env, adapter)
	if err == nil && adapter.Everywhere && len(s.dialect.languages) > 1 {
		err = &gotmpl.Unsupported{File: file, Line: 1, What: "it asks for a run for each language, which is not known here"}
	}
	return made, err
}

// madeText is a text of what an adapter says of a page: its front matter, and Markdown
// or HTML.
func madeText(page map[string]any) (name string, text []byte, err error) {
	front, ext, body := map[string]any{}, ".md", ""
	for key, value := range page {
		switch strings.ToLower(key) {
		case "path", "kind":
		case "content":
			content, _ := value.(map[string]any)
			body = fmt.Sprint(orNothing(content["value"]))
			switch media := orNothing(content["mediaType"]); media {
			case "", "text/markdown":
			case "text/html":
				ext = ".html"
			case "text/org":
				ext = ".org"
			default:
				return "", nil, fmt.Errorf("the media type %v of a page is not known here", media)
			}
		case "dates":
			dates, _ := value.(map[string]any)
			for key, date := range dates {
				front[key] = date
			}
		case "params", "title", "linktitle", "description", "summary", "keywords", "slug", "url", "type", "layout", "weight", "draft", "headless",
			"aliases", "sitemap", "outputs", "build", "cascade", "translationkey", "iscjklanguage", "menus", "menu":
			front[key] = value
		} // nothing else counts for Hugo: terms and what is the site's own lie in params
	}
	given := fmt.Sprint(orNothing(page["path"]))
	clean := strings.TrimPrefix(path.Clean("/"+given), "/")
	if strings.HasPrefix(given, "/") || clean == "" || strings.Contains("/"+given+"/", "/../") {
		return "", nil, fmt.Errorf("the path %q of a page does not lead below its folder", given)
	}
	switch kind := orNothing(page["kind"]); kind {
	case "", "page":
	case "section":
		clean = path.Join(clean, "_index")
	default:
		return "", nil, fmt.Errorf("pages of the kind %v are not known here", kind)
	}
	head, err := json.Marshal(front)
	if err != nil {
		return "", nil, fmt.Errorf("note the front matter of %q: %w", given, err)
	}
	return clean + ext, append(append(head, '\n'), body...), nil
}

func orNothing(value any) any {
	if value == nil {
		return ""
	}
	return value
}
