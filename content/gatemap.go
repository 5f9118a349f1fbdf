package content

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// A GateMap is what the gate must know of a release beside its files: the types
// of assets that are told apart by a query, and the redirects and the gone URLs
// that it answers itself. NGINX includes it as lines of its maps, so it is written from a strict
// alphabet, and read by the same rules as it is written.
type GateMap struct {
	Assets    []Asset    // sorted by key
	Redirects []Redirect // sorted by From; their Source is not kept
}

// An Asset is a page of a [Media.IsAsset] type under a URL with a query.
type Asset struct {
	Key
	Ext string // as in [Media.Ext]
}

const (
	// maxGateAssets and maxGateRedirects bound the memory and the loading time of
	// the gate: NGINX 1.22 takes 0.02 s and 12 MB for 10,000 lines.
	maxGateAssets    = 2000
	maxGateRedirects = 10000
	// maxHashKey is the longest key of an NGINX map that needs no
	// map_hash_bucket_size, whose default is 64 bytes, one of which is a
	// separator. A longer key is written as an expression, which is tried one
	// after the other, so there are only so many.
	maxHashKey     = 46
	maxExpressions = 200
	maxGateKey     = 500
	maxGateTarget  = 1000
)

// gateLine are the three forms of a line: key, value. Keys begin with "/" for an
// asset, ">" for the code of a redirect and "=" for its target; none is a word
// of NGINX's map directive.
var gateLine = regexp.MustCompile(`\A"(~\^)?([/>=][\p{L}\p{M}\p{N}._~/@+,=?&%#!'():*\\-]*)(\$)?" (?:"([\p{L}\p{M}\p{N}._~/?&=+,%:@#!'()* -]+)"|([a-z0-9]+));\z`)

var (
	gatePath   = regexp.MustCompile(`\A/[\p{L}\p{M}\p{N}._~/@+,=#!'():*&-]*\z`)
	gateTarget = regexp.MustCompile(`\A[A-Za-z0-9._~/?&=+,%:@#-]+\z`)
)

// NewGateMap makes the gate map of a site. What does not fit into one, because of
// its bytes, its length, the number of lines or a twin that differs in letter case
// only (which NGINX could not tell apart), is left out: it stays with the app.
func NewGateMap(entries []Entry, redirects []Redirect) (m GateMap, left []string) {
	seen, long := map[string]bool{}, 0
	admit := func(url, key string, full bool) bool {
		folded := strings.ToLower(key)
		if full || len(key) > maxGateKey || seen[folded] || len(key) > maxHashKey && long == maxExpressions {
			left = append(left, url)
			return false
		}
		seen[folded] = true
		if len(key) > maxHashKey {
			long++
		}
		return true
	}
	for _, e := range entries {
		media, _ := MediaFor(e.MediaType)
		if e.Variant == "" || !media.IsAsset() {
			continue
		}
		if !gatePath.MatchString(e.Path.decoded) || !ValidAssetVariant(e.Variant) {
			left = append(left, e.URL())
		} else if admit(e.URL(), e.Path.decoded+"?"+e.Variant, len(m.Assets) == maxGateAssets) {
			m.Assets = append(m.Assets, Asset{e.Key, media.Ext})
		}
	}
	for _, r := range redirects {
		if !gatePath.MatchString(r.From.decoded) || r.Gone() != (r.To == "") || !r.Gone() && (len(r.To) > maxGateTarget || !gateTarget.MatchString(r.To)) {
			left = append(left, r.From.String())
		} else if admit(r.From.String(), ">"+r.From.decoded, len(m.Redirects) == maxGateRedirects) {
			m.Redirects = append(m.Redirects, Redirect{From: r.From, To: r.To, Code: r.Code})
		}
	}
	slices.SortFunc(m.Assets, func(a, b Asset) int { return a.Key.Compare(b.Key) })
	slices.SortFunc(m.Redirects, func(a, b Redirect) int { return strings.Compare(a.From.decoded, b.From.decoded) })
	return m, left
}

// Len is the number of assets and redirects.
func (m GateMap) Len() int { return len(m.Assets) + len(m.Redirects) }

// WriteTo writes the lines of the gate map.
func (m GateMap) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, m.String())
	return int64(n), err
}

// String is the gate map as NGINX reads it.
func (m GateMap) String() string {
	var b strings.Builder
	for _, a := range m.Assets {
		fmt.Fprintf(&b, "\"%s\" %s;\n", gateKey(a.Path.decoded+"?"+a.Variant), a.Ext)
	}
	for _, r := range m.Redirects {
		// The path once more, in the value, because keys ignore letter case.
		fmt.Fprintf(&b, "\"%s\" \"%d %s\";\n", gateKey(">"+r.From.decoded), r.Code, r.From.decoded)
		if !r.Gone() {
			fmt.Fprintf(&b, "\"%s\" \"%s\";\n", gateKey("="+r.From.decoded), r.To)
		}
	}
	return b.String()
}

// gateKey spells a key.
func gateKey(key string) string {
	if len(key) > maxHashKey {
		return "~^" + regexp.QuoteMeta(key) + "$"
	}
	return key
}

// ParseGateMap reads what [GateMap.String] wrote and refuses everything else: a
// line that it would not write itself does not get past it.
func ParseGateMap(text string) (GateMap, error) {
	var entries []Entry
	var redirects []Redirect
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		fail := func() (GateMap, error) {
			return GateMap{}, fmt.Errorf("read gate map: line %d is not one of its lines", n)
		}
		match := gateLine.FindStringSubmatch(lines.Text())
		if match == nil {
			return fail()
		}
		key, value := strings.ReplaceAll(match[2], `\`, ""), match[4]+match[5]
		switch key[0] {
		case '/':
			e, ok := parseAsset(key, value)
			if !ok {
				return fail()
			}
			entries = append(entries, e)
		case '>':
			path, err := ParsePath((Path{key[1:]}).String())
			var code int
			if _, scanErr := fmt.Sscanf(value, "%d", &code); err != nil || scanErr != nil {
				return fail()
			}
			redirects = append(redirects, Redirect{From: path, Code: code})
		case '=':
			last := len(redirects) - 1
			if last < 0 || redirects[last].From.decoded != key[1:] {
				return fail()
			}
			redirects[last].To = value
		}
	}
	m, left := NewGateMap(entries, redirects)
	if lines.Err() != nil || len(left) > 0 || m.String() != text {
		return GateMap{}, fmt.Errorf("read gate map: it is not as icecap writes it")
	}
	for _, r := range m.Redirects {
		if !r.Gone() && r.Code != 301 && r.Code != 302 && r.Code != 307 && r.Code != 308 {
			return GateMap{}, fmt.Errorf("read gate map: the redirect from %s has the code %d", r.From, r.Code)
		}
	}
	return m, nil
}

func parseAsset(key, ext string) (Entry, bool) {
	decoded, variant, ok := strings.Cut(key, "?")
	path, err := ParsePath((Path{decoded}).String())
	media, listed := mediaByExt[ext]
	if !ok || err != nil || !listed || !media.IsAsset() {
		return Entry{}, false
	}
	e := Entry{Key: Key{path, variant}, MediaType: media.Type}
	if _, err := e.File(media.Type); err != nil {
		return Entry{}, false
	}
	return e, true
}
