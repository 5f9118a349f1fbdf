package picture

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// An AVIF or HEIC file is boxes in boxes, of which "meta" describes items: pictures
// with their size and how they are turned, and data about them (ISO/IEC 14496-12,
// section 8.11, and 23008-12, section 6).

// isAVIF goes by the brand that a file begins with.
func isAVIF(data []byte) bool {
	if len(data) < 16 || string(data[4:8]) != "ftyp" {
		return false
	}
	switch string(data[8:12]) {
	case "avif", "avis", "heic", "heix", "mif1", "hevc":
		return true
	}
	return false
}

// boxes lists the boxes of a piece of a file, as long as they lie in it.
func boxes(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			head, size := 8, uint64(binary.BigEndian.Uint32(data))
			switch {
			case size == 1 && len(data) >= 16:
				head, size = 16, binary.BigEndian.Uint64(data[8:])
			case size == 0:
				size = uint64(len(data))
			}
			if size < uint64(head) || size > uint64(len(data)) {
				return
			}
			if !yield(string(data[4:8]), data[head:size]) {
				return
			}
			data = data[size:]
		}
	}
}

// box is what the first box of a name holds, or nil.
func box(data []byte, name string) []byte {
	for found, body := range boxes(data) {
		if found == name {
			return body
		}
	}
	return nil
}

// avifMeta is the list of items, behind its version.
func avifMeta(data []byte) []byte { return after(box(data, "meta"), 4) }

func after(data []byte, n int) []byte { return data[min(n, len(data)):] }

// inspectAVIF reads the size of the primary item, as it is shown.
func (f *Facts) inspectAVIF(data []byte) {
	f.Fixed = true
	meta := avifMeta(data)
	properties := box(meta, "iprp")
	var list [][2][]byte
	for name, body := range boxes(box(properties, "ipco")) {
		list = append(list, [2][]byte{[]byte(name), body})
	}
	primary := reader{data: box(meta, "pitm")}
	id := primary.number(2 + 2*min(1, int(primary.number(4)>>24)))
	for _, index := range associated(box(properties, "ipma"), id) {
		if index < 1 || index > len(list) {
			continue
		}
		body := list[index-1][1]
		switch name := string(list[index-1][0]); {
		case name == "ispe" && len(body) >= 12:
			f.Width, f.Height = int(binary.BigEndian.Uint32(body[4:])&0x7fffffff), int(binary.BigEndian.Uint32(body[8:])&0x7fffffff)
		case name == "irot" && len(body) >= 1 && body[0]&1 == 1:
			f.turn = 6 // by a quarter, this way or that
		}
	}
}

// associated lists the properties of an item, from 1.
func associated(data []byte, id uint64) (indices []int) {
	r := reader{data: data}
	head := r.number(4)
	wide := head&1 == 1
	for count := r.number(4); count > 0 && !r.short; count-- {
		item := r.number(2 + 2*min(1, int(head>>24)))
		for n := r.number(1); n > 0 && !r.short; n-- {
			index := 0
			if wide {
				index = int(r.number(2) & 0x7fff)
			} else {
				index = int(r.number(1) & 0x7f)
			}
			if item == id && !r.short {
				indices = append(indices, index)
			}
		}
	}
	return indices
}

// stripAVIF overwrites what items of EXIF and XMP say with nothing: to take them out
// would move all that is behind them.
func stripAVIF(data []byte) []byte {
	told := map[uint64]string{}
	meta := avifMeta(data)
	items := box(meta, "iinf")
	if len(items) < 6 {
		return data
	}
	for name, body := range boxes(after(items, 6+2*min(1, int(items[0])))) {
		r := reader{data: body}
		version := r.number(4) >> 24
		if name != "infe" || version < 2 {
			continue
		}
		id := r.number(2 + 2*min(1, int(version)-2))
		r.number(2)
		if kind := string(r.data[:min(4, len(r.data))]); kind == "Exif" || kind == "mime" {
			told[id] = kind
		}
	}
	out, left := data, uint64(len(data)) // all items together have no more bytes than the file
	for _, e := range extents(box(meta, "iloc"), told) {
		at, ok := e.find(data, meta)
		if !ok || e.length == 0 || e.length > left {
			continue
		}
		left -= e.length
		nothing := make([]byte, e.length)
		if e.kind == "Exif" && len(nothing) >= 30 {
			copy(nothing[4:], tiffOf(1)) // for readers that want EXIF data to be some
		}
		if bytes.Equal(out[at:at+e.length], nothing) {
			continue
		}
		if &out[0] == &data[0] {
			out = bytes.Clone(data)
		}
		copy(out[at:], nothing)
	}
	return out
}

// offsetIn is where a piece of the data lies in them.
func offsetIn(data, piece []byte) uint64 { return uint64(cap(data) - cap(piece)) }

// An extent is where data of an item lie: in the file, or in the box "idat" beside
// the list of items.
type extent struct {
	kind          string // of the item
	start, length uint64
	local         bool
}

// find is where an extent lies in the file, if it is in a box for data.
func (e extent) find(file, meta []byte) (at uint64, ok bool) {
	if e.local {
		data := box(meta, "idat")
		return offsetIn(file, data) + e.start, e.start <= uint64(len(data)) && e.length <= uint64(len(data))-e.start
	}
	for name, data := range boxes(file) {
		start, end := offsetIn(file, data), offsetIn(file, data)+uint64(len(data))
		if name == "mdat" && start <= e.start && e.start <= end && e.length <= end-e.start {
			return e.start, true
		}
	}
	return 0, false
}

// extents lists where items lie.
func extents(data []byte, of map[uint64]string) (list []extent) {
	r := reader{data: data}
	version := r.number(4) >> 24
	sizes := r.number(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	wide := 0
	if version == 2 {
		wide = 2
	}
	for count := r.number(2 + wide); count > 0 && !r.short; count-- {
		id := r.number(2 + wide)
		local := version > 0 && r.number(2)&15 == 1
		r.number(2)
		start := r.number(base)
		for n := r.number(2); n > 0 && !r.short; n-- {
			if version > 0 {
				r.number(index)
			}
			e := extent{of[id], start + r.number(offset), r.number(length), local}
			if e.kind != "" && !r.short {
				list = append(list, e)
			}
		}
	}
	return list
}

// A reader reads numbers of some bytes. Where there are no more, they are 0.
type reader struct {
	data  []byte
	short bool
}

func (r *reader) number(bytes int) (n uint64) {
	if bytes > len(r.data) {
		r.data, r.short = nil, true
		return 0
	}
	for _, b := range r.data[:bytes] {
		n = n<<8 | uint64(b)
	}
	r.data = r.data[bytes:]
	return n
}
