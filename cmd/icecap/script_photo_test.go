package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptPhoto draws a photo.
func scriptPhoto(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: photo FILE WIDTH HEIGHT")
	}
	width, err := strconv.Atoi(args[1])
	ts.Check(err)
	height, err := strconv.Atoi(args[2])
	ts.Check(err)
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, takePhoto(width, height, 1), 0o644))
}

// takePhoto is a photo as a camera writes it, with its place.
func takePhoto(width, height, turn int) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	dice := rand.New(rand.NewPCG(rand.Uint64(), 1))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, color.NRGBA{byte(x * 255 / width), byte(y * 255 / height), byte(90 + dice.IntN(60)), 255})
		}
	}
	return withPlace(m, turn)
}

// withPlace is a picture as JPEG, with an orientation and a place.
func withPlace(m image.Image, turn int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 96}); err != nil {
		panic(err) // it is a small picture in memory
	}
	note := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(turn)) + "\x00\x00\x00\x00\x00\x00" + "51.4779 north"
	return append([]byte("\xff\xd8\xff\xe1\x00"+string(rune(len(note)+2))+note), b.Bytes()[2:]...)
}
