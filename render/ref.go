package render

import (
	"path"
	"strings"
	"sync"
)

// refs are the names by which ref and relref know texts: of each the path without
// root, language and ending, and its last part. Letter case does not count, and a
// hyphen stands for a space.
type refs struct {
	once sync.Once
	path map[string][]*post
	name map[string][]*post
}

func refName(text string) string { return strings.ReplaceAll(strings.ToLower(text), " ", "-") }

func (b *Blog) indexRefs() {
	b.refs.path, b.refs.name = map[string][]*post{}, map[string][]*post{}
	for _, p := range b.byFile {
		key := refName(b.refKey(p.file))
		b.refs.path[key] = append(b.refs.path[key], p)
		b.refs.name[path.Base(key)] = append(b.refs.name[path.Base(key)], p)
	}
}

// refKey is the path of a file below the root, without ending; of an index that of
// its folder.
func (b *Blog) refKey(file string) string {
	key := strings.TrimPrefix(file, b.root+"/")
	p := b.dialect.place(file)
	if p.key != "" {
		key = p.key
	} else if isMarkdown(key) {
		key = strings.TrimSuffix(key, path.Ext(key))
	}
	return strings.TrimPrefix(path.Clean("/"+strings.TrimSuffix(strings.TrimSuffix(key, "_index"), "/index")), "/")
}

// findRef is the path of the page that ref and relref name, "" if there is none: it is
// found by its path from this file, from the top of the content, or by a name that only
// one page has. Among texts of equal names that of the language goes first.
func (b *Blog) findRef(from *post, lang int, name string) string {
	b.refs.once.Do(b.indexRefs)
	name = strings.TrimSuffix(name, "/")
	if isMarkdown(name) || isOrg(name) {
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "/_index"), "/index")
	if name == "_index" || name == "index" {
		name = ""
	}
	here := b.refKey(from.file)
	candidates := []string{path.Join(path.Dir("/"+here), name), path.Join("/", here, name), path.Join("/", name)}
	if strings.HasPrefix(name, "/") {
		candidates = []string{path.Clean(name)}
	}
	for _, candidate := range candidates {
		key := strings.TrimPrefix(candidate, "/")
		if found := sameLanguage(b.refs.path[refName(key)], lang); found != nil {
			return found.url.String()
		}
		if list := b.refList(lang, key); list != "" {
			return list
		}
	}
	if strings.Contains(strings.Trim(name, "/"), "/") {
		return ""
	}
	var found *post
	for _, p := range b.refs.name[refName(strings.Trim(name, "/"))] {
		if p.lang == lang {
			if found != nil {
				return ""
			}
			found = p
		}
	}
	if found == nil {
		return ""
	}
	return found.url.String()
}

// refList is the path of the list of a folder of a Hugo site that has no text of its
// own, or "".
func (b *Blog) refList(lang int, key string) string {
	dir := path.Join(b.dialect.languages[lang].dir, key)
	if front, ok := b.hugo.sections[dir]; !ok || front != nil {
		return ""
	}
	return b.settings.Prefix + b.dialect.listPath(b, dir)
}

// sameLanguage is the text in a language, or else any.
func sameLanguage(texts []*post, lang int) *post {
	for _, p := range texts {
		if p.lang == lang {
			return p
		}
	}
	if len(texts) > 0 {
		return texts[0]
	}
	return nil
}
