package preview

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"testing"
)

// photoFile is a photo of which there is a smaller form.
func photoFile(t *testing.T, seed uint64) string {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 500, 200))
	dice := rand.New(rand.NewPCG(seed, 1))
	for y := range 200 {
		for x := range 500 {
			m.SetGray(x, y, color.Gray{byte(x/3 + dice.IntN(60))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A drawer keeps forms of pictures in memory. If it has a lock, whoever looks for a
// form says so, and waits.
type drawer struct {
	mu     sync.Mutex
	forms  map[string][]byte
	looked chan struct{}
	lock   chan struct{}
}

func (d *drawer) Has(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.forms[name]
	return ok
}

func (d *drawer) Load(name string) ([]byte, bool) {
	if d.lock != nil {
		d.looked <- struct{}{}
		<-d.lock
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	data, ok := d.forms[name]
	return data, ok
}

func (d *drawer) Save(name string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forms[name] = bytes.Clone(data)
	return nil
}

var formPattern = regexp.MustCompile(`/photo-500w\.h\w{11}\.webp`)

// TestFormsKeepNobodyWaiting: while a form of a picture is made, its page is shown,
// and edits are taken up.
func TestFormsKeepNobodyWaiting(t *testing.T) {
	d := newDesk(t)
	store := &drawer{forms: map[string][]byte{}, looked: make(chan struct{}, 2), lock: make(chan struct{})}
	d.forms = store
	d.write("photo.jpg", photoFile(t, 1))
	d.write("a.md", "# A\n\n![](photo.jpg)\n\nOne.\n")
	d.update()
	url := formPattern.FindString(d.ask("/a/").Body.String())
	if url == "" {
		t.Fatalf("the page names no form: %s", d.ask("/a/").Body)
	}
	answered := make(chan *bytes.Buffer)
	go func() { answered <- d.ask(url).Body }()
	<-store.looked // it is being made
	d.write("a.md", "# A\n\n![](photo.jpg)\n\nTwo.\n")
	d.update("a.md")
	d.write("b.md", "# B\n\nNew.\n")
	d.update("b.md")
	if page := d.ask("/a/").Body.String(); !bytes.Contains([]byte(page), []byte("Two.")) {
		t.Errorf("the page is %s", page)
	}
	close(store.lock)
	if body := <-answered; !bytes.HasPrefix(body.Bytes(), []byte("RIFF")) {
		t.Errorf("the form is %.100q", body)
	}
}

// TestDamageIsFound: of a picture that no head tells to be damaged, forms are named
// until one was asked for.
func TestDamageIsFound(t *testing.T) {
	d := newDesk(t)
	photo := []byte(photoFile(t, 1))
	copy(photo[len(photo)/2:], bytes.Repeat([]byte{0xff, 0}, 200)) // 1600 ones: no code is that long
	d.write("photo.jpg", string(photo))
	d.write("a.md", "# A\n\n![](photo.jpg)\n")
	d.update()
	page := d.ask("/a/").Body.String()
	url, before := formPattern.FindString(page), noteOf(t, page).Generation
	if url == "" {
		t.Fatalf("the page is %s", page)
	}
	if answer := d.ask(url); answer.Code != http.StatusNotFound {
		t.Errorf("the form is answered with %d", answer.Code)
	}
	page = d.ask("/a/").Body.String()
	if formPattern.MatchString(page) || noteOf(t, page).Generation == before {
		t.Errorf("nobody was told, or the page is %s", page)
	}
	d.check()
	if list := d.server.blog.Warnings(); len(list) != 1 || list[0].At() != "a.md:3" {
		t.Errorf("the warnings are %+v", list)
	}
	d.compare("damaged", map[string]bool{})
}
