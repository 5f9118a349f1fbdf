package nginx

import (
	"os"
	"path/filepath"
	"slices"
)

// Compression is which of the files that lie compressed beside a page an NGINX
// can send.
type Compression struct {
	Gzip   bool // .gz: gzip_static
	Brotli bool // .br: brotli_static, a module that most NGINX lack
}

// Any reports whether it can send any of them. Then every page says Vary.
func (c Compression) Any() bool { return c.Gzip || c.Brotli }

// Everything is what the local gate can send, and an NGINX with all modules.
func Everything() Compression { return Compression{Gzip: true, Brotli: true} }

// CanSend is what this NGINX can send, if need be with a module that the
// configuration has yet to load, as a private NGINX does.
func (b Binary) CanSend() Compression {
	_, brotli := b.BrotliStatic()
	return Compression{Gzip: b.GzipStatic(), Brotli: brotli}
}

// Sends is what this NGINX can send with a main configuration file: of a module
// that is no part of the program, that the file loads it, or one that it includes.
func (b Binary) Sends(conf string) Compression {
	can := b.CanSend()
	if module, _ := b.BrotliStatic(); module != "" {
		can.Brotli = says(conf, filepath.Dir(conf), 3, func(d Directive) bool {
			return d.Name == "load_module" && len(d.Args) == 1 && filepath.Base(d.Args[0]) == filepath.Base(module)
		})
	}
	return can
}

// says reports whether a file has a line outside of all blocks, or includes a file
// that has; an include is relative to the folder of the main file, wherever it stands.
// One that cannot be read has none.
func says(conf, dir string, depth int, line func(Directive) bool) bool {
	text, err := os.ReadFile(conf)
	if err != nil || depth == 0 {
		return false
	}
	block, err := Parse(string(text))
	if err != nil {
		return false
	}
	for _, d := range block {
		switch {
		case line(d):
			return true
		case d.Name == "include" && len(d.Args) == 1:
			pattern := d.Args[0]
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(dir, pattern)
			}
			files, _ := filepath.Glob(pattern) // a malformed one names nothing
			if slices.ContainsFunc(files, func(file string) bool { return says(file, dir, depth-1, line) }) {
				return true
			}
		}
	}
	return false
}

// compressed are the lines by which NGINX sends the compressed files. Each is
// emitted only where the module is there: an unknown directive stops NGINX. With vary
// "off" it looks for a compressed file only for visitors who take one, and the
// location must say Vary itself.
func (s Server) compressed(vary string) (b Block) {
	if s.Compression.Brotli {
		b = append(b, line("brotli_static", "on"))
	}
	if s.Compression.Gzip {
		b = append(b, line("gzip_static", "on"), line("gzip_proxied", "any"))
	}
	if len(b) == 0 {
		return nil
	}
	off := line("gzip", "off")
	off.Comment = "A page that is worth it lies compressed beside itself. Compressing the others at each request\n" +
		"would cost time, and their ETag."
	says := line("gzip_vary", vary)
	says.Comment = "Without it a shared cache would send compressed bytes to everybody."
	if vary == "off" {
		says.Comment = "It would look for a compressed file even for those who do not take one. Vary is added below."
	}
	return append(b, says, off)
}
