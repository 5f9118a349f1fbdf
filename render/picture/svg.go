package picture

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// svgSize reads width and height, or the viewBox, of the root element.
func svgSize(head []byte) (width, height int) {
	start := bytes.Index(head, []byte("<svg"))
	if start < 0 {
		return 0, 0
	}
	tag, _, _ := bytes.Cut(head[start:], []byte(">"))
	number := func(name string) int {
		_, after, ok := strings.Cut(string(tag), " "+name+`="`)
		if !ok {
			return 0
		}
		value, _, _ := strings.Cut(after, `"`)
		f, err := strconv.ParseFloat(strings.TrimSuffix(value, "px"), 64)
		if err != nil {
			return 0
		}
		return int(f)
	}
	if width, height = number("width"), number("height"); width > 0 && height > 0 {
		return width, height
	}
	_, after, _ := strings.Cut(string(tag), ` viewBox="`)
	value, _, _ := strings.Cut(after, `"`)
	var x, y, w, h float64
	if n, _ := fmt.Sscan(strings.ReplaceAll(value, ",", " "), &x, &y, &w, &h); n == 4 && w > 0 && h > 0 {
		return int(w), int(h)
	}
	return 0, 0
}
