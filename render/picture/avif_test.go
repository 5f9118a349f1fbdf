package picture

import (
	"bytes"
	"os"
	"testing"
)

// TestAVIF: libavif made the file, of 60 x 40 pixels, turned by a quarter, with EXIF
// data and XMP. Its size is known, and what it tells is gone.
func TestAVIF(t *testing.T) {
	data, err := os.ReadFile("testdata/turned.avif")
	if err != nil {
		t.Fatal(err)
	}
	facts := Inspect(data)
	if facts.Format != AVIF || facts.Width != 40 || facts.Height != 60 || !facts.Fixed || facts.Damage != "" {
		t.Errorf("it is %+v", facts)
	}
	if !bytes.Contains(data, []byte(secret)) || !bytes.Contains(data, []byte("xmpmeta")) {
		t.Fatal("it tells nothing")
	}
	got := Strip(data)
	if bytes.Contains(got, []byte(secret)) || bytes.Contains(got, []byte("xmpmeta")) || len(got) != len(data) {
		t.Error("it still tells where it was taken, or its length is another")
	}
	if again := Strip(got); &again[0] != &got[0] {
		t.Error("it is stripped again")
	}
	for n := range data {
		Inspect(data[:n])
		Strip(data[:n])
	}
}
