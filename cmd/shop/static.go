package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed static
var staticFS embed.FS

// mediaTypes are set by hand, because what Go finds depends on the machine.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// A staticFile is one file of the folder static.
type staticFile struct {
	body            []byte
	mediaType, etag string
}

// readStatic reads all embedded files, by their names without "static/".
func readStatic() (map[string]staticFile, error) {
	files := map[string]staticFile{}
	names, err := fs.Glob(staticFS, "static/*")
	if err != nil {
		return nil, fmt.Errorf("list the static files: %w", err)
	}
	for _, name := range names {
		body, err := staticFS.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the static file: %w", err)
		}
		mediaType := mediaTypes[path.Ext(name)]
		if mediaType == "" {
			return nil, fmt.Errorf("read the static file %s: no media type is known", name)
		}
		files[path.Base(name)] = staticFile{body, mediaType, etagOf(body)}
	}
	return files, nil
}

func (s *shop) static(w http.ResponseWriter, r *http.Request) error {
	file, ok := s.files[r.PathValue("file")]
	if !ok {
		return errNotFound
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("Content-Type", file.mediaType)
	w.Header().Set("ETag", file.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.body))
	return nil
}
