package theme

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"
)

// A Feature is something in a text that browsers do not show by themselves. Pages
// that have it load the feature's assets; a site without such pages does not publish
// them.
type Feature string

// The features.
const (
	Math     Feature = "math"     // formulas in TeX, shown by KaTeX
	Diagrams Feature = "diagrams" // drawn by Mermaid
)

//go:embed library
var libraryFiles embed.FS

// A vendored file is one of a package of the npm registry, byte for byte, under the
// package's licence, which lies beside it.
type vendored struct {
	feature Feature
	asset   string // its name
	file    string // in the folder library; with the ending .gz it is compressed
	origin  string // the package with its version
	path    string // in the package
	sum     [sha256.Size]byte
}

// library reads the list of vendored files.
func library() (list []vendored, err error) {
	text, err := libraryFiles.ReadFile("library/sources.txt")
	if err != nil {
		return nil, fmt.Errorf("read the default theme: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 6 {
			continue // a comment
		}
		v := vendored{feature: Feature(words[0]), asset: words[1], file: "library/" + words[2], origin: words[3], path: words[4]}
		if _, err := hex.Decode(v.sum[:], []byte(words[5])); err != nil {
			return nil, fmt.Errorf("read the default theme: %s: %w", v.asset, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// Library lists the assets of a feature. A site may bring files of its own by their
// names.
func (t *Theme) Library(f Feature) []Asset { return t.features[f] }

// featureOf is the feature that an asset belongs to, or "".
func featureOf(name string, list []vendored) Feature {
	switch name {
	case "math.js":
		return Math
	case "diagrams.js":
		return Diagrams
	}
	for _, v := range list {
		if v.asset == name {
			return v.feature
		}
	}
	return ""
}

// publish gives an asset its two names, for the site, or for those of its pages that
// have the feature. These load scripts and style sheets by their hash alone, and
// everything else by its plain name.
func (t *Theme) publish(asset Asset, sum [sha256.Size]byte, feature Feature) {
	marked := asset
	marked.Name = strings.TrimSuffix(asset.Name, path.Ext(asset.Name)) + "." + Fingerprint(sum) + path.Ext(asset.Name)
	t.published[asset.Name] = published{marked.Name, "sha256-" + base64.StdEncoding.EncodeToString(sum[:])}
	switch ext := path.Ext(asset.Name); {
	case feature == "" && ext == ".map":
		delete(t.published, asset.Name)
		t.assets[asset.Name] = asset
	case feature == "":
		t.assets[asset.Name], t.assets[marked.Name] = asset, marked
	case ext == ".js" || ext == ".css":
		t.features[feature] = append(t.features[feature], marked)
	default:
		t.features[feature] = append(t.features[feature], asset)
	}
}

// publishLibrary adds the vendored files, but for those that the site has its own of.
func (t *Theme) publishLibrary(list []vendored) {
	for _, v := range list {
		if !t.hasAsset(v.asset) {
			t.publish(Asset{Name: v.asset, Type: mediaOf(v.asset), file: v.file}, v.sum, v.feature)
		}
	}
}

// WriteTo writes the asset as it is published.
func (a Asset) WriteTo(w io.Writer) (int64, error) {
	if a.file == "" {
		n, err := w.Write(a.Body)
		return int64(n), err
	}
	n, err := unpack(w, a.file)
	if err != nil {
		return n, fmt.Errorf("unpack %s: %w", a.Name, err)
	}
	return n, nil
}

// unpack writes a vendored file.
func unpack(w io.Writer, file string) (int64, error) {
	data, err := libraryFiles.ReadFile(file)
	if err != nil {
		return 0, err
	}
	if path.Ext(file) != ".gz" {
		n, err := w.Write(data)
		return int64(n), err
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	return io.Copy(w, r)
}
