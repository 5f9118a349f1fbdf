package nginx

// Compression is which of the files that lie compressed beside a page an NGINX
// can send.
type Compression struct {
	Gzip   bool // .gz: gzip_static
	Brotli bool // .br: brotli_static, a module that most NGINX lack
}

// Compression asks for the modules of an NGINX.
func (b Binary) Compression() Compression {
	_, brotli := b.BrotliStatic()
	return Compression{Gzip: b.GzipStatic(), Brotli: brotli}
}

// compressed are the lines by which NGINX sends the compressed files. Each is
// emitted only where the module is there: an unknown directive stops NGINX.
func (s Server) compressed() (b Block) {
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
	vary := line("gzip_vary", "on")
	vary.Comment = "Without it a shared cache would send compressed bytes to everybody."
	return append(b, vary, off)
}
