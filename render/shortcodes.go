package render

import (
	"fmt"
	"html/template"
	"strings"

	"icecap/render/code"
)

// textShortcodes are replaced by text, before Markdown sees it, so that they can
// stand in the address of a link.
var textShortcodes = map[string]func(*conversion, shortTag) (string, error){
	"ref":    refShortcode,
	"relref": refShortcode,
	"param":  paramShortcode,
}

// goShortcodes are those that are no templates.
var goShortcodes = []string{"comment", "highlight", "param", "qr", "ref", "relref"}

// oldShortcodes are names that shortcodes had before.
var oldShortcodes = map[string]string{"tweet": "x", "twitter": "x", "twitter_simple": "x", "x_simple": "x", "instagram_simple": "instagram", "vimeo_simple": "vimeo"}

// renamed is a tag by the name that its shortcode has now, unless the theme has one
// by the old name. A lone argument of a tweet is its number.
func (c *conversion) renamed(tag shortTag) shortTag {
	now, old := oldShortcodes[tag.name]
	if !old || c.blog.theme.HasShortcode(tag.name) {
		return tag
	}
	if now == "x" && len(tag.args) == 1 {
		tag.named, tag.args = map[string]string{"id": tag.args[0]}, nil
	}
	tag.name = now
	return tag
}

// A noRefError is a ref that leads nowhere.
type noRefError struct{ shortcode, name string }

func (e *noRefError) Error() string {
	return fmt.Sprintf("%s %q leads to no page", e.shortcode, e.name)
}

// refShortcode is the path of a page, by the name of its file.
func refShortcode(c *conversion, tag shortTag) (string, error) {
	name := tag.named["path"]
	if name == "" && len(tag.args) > 0 {
		name = tag.args[0]
	}
	if name == "" {
		return "", fmt.Errorf("%s needs the name of a file", tag.name)
	}
	file, fragment, _ := strings.Cut(name, "#")
	lang := c.post.lang
	for i, l := range c.blog.dialect.languages {
		if strings.EqualFold(tag.named["lang"], l.key) && l.key != "" {
			lang = i
		}
	}
	target := c.post.url.String()
	if file != "" {
		c.facts.Refs = append(c.facts.Refs, link{file, lang})
		if target = c.blog.findRef(c.post, lang, file); target == "" {
			return "", &noRefError{tag.name, name}
		}
	}
	if fragment != "" {
		fragment = "#" + linkSafe.Replace(strings.TrimSpace(fragment))
	}
	return target + fragment, nil
}

// linkSafe keeps a fragment within the address of a Markdown link.
var linkSafe = strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22")

// A noParamError is a key that neither the text nor the site has.
type noParamError struct{ key string }

func (e *noParamError) Error() string {
	return fmt.Sprintf("the front matter has no %q, nor has the site", e.key)
}

// paramShortcode is a value of the front matter.
func paramShortcode(c *conversion, tag shortTag) (string, error) {
	if len(tag.args) == 0 {
		return "", fmt.Errorf("param needs the name of a key")
	}
	for _, params := range []map[string]any{c.post.params, c.blog.of(c.post).site.Params} {
		if value, ok := lookUp(params, tag.args[0]); ok {
			return fmt.Sprint(value), nil
		}
	}
	return "", &noParamError{tag.args[0]}
}

// lookUp finds a value by its key, or by keys with dots between them.
func lookUp(params map[string]any, keys string) (any, bool) {
	var value any = params
	for key := range strings.SplitSeq(keys, ".") {
		table, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		found, ok := table[key]
		if !ok {
			if found, ok = table[strings.ToLower(key)]; !ok {
				return nil, false
			}
		}
		value = found
	}
	return value, true
}

// highlightShortcode is code with colours: highlight LANGUAGE ["OPTIONS"].
func highlightShortcode(tag shortTag, inner string) (template.HTML, error) {
	language, options := tag.named["lang"], tag.named["options"]
	if len(tag.args) > 0 {
		language = tag.args[0]
	}
	if len(tag.args) > 1 {
		options = strings.Join(tag.args[1:], ",")
	}
	var b strings.Builder
	code.Write(&b, language, options, strings.TrimPrefix(strings.TrimPrefix(inner, "\r"), "\n"))
	return template.HTML(b.String()), nil
}
