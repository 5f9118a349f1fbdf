package freeze

import (
	"slices"
	"strings"
	"testing"
)

// fragmentPages are pages with the ids that a browser finds in them and the
// links with a fragment that it would follow. They also seed the fuzz test.
var fragmentPages = []struct{ body, ids, refs string }{
	{`<h1 id="a">x</h1><p ID=b><a name='c'></a><input name=d>`, "a b c", ""},
	{`<p id="caf&eacute;"><p id="">`, " café", ""},
	{`<a href="#a">`, "", "|#a"},
	{`<A HREF=" /x#a ">`, "", "/x|#a"},
	{`<a href="/x?y=1&amp;z=2#a">`, "", "/x?y=1&z=2|#a"},
	{`<a href="#"><a href="#top"><a href="#TOP"><a href="/x#">`, "", ""},
	{`<a href="#!/route"><a href="#/route">`, "", ""},
	{`<a href="#a:~:text=b"><a href="/x#:~:text=b">`, "", "|#a"},
	{`<a href="{{url}}#a"><a href="/x#{{id}}">`, "", ""},
	{`<area href="/map#a"><link href="/x#a"><form action="/x#a">`, "", "/map|#a"},
	{`<use href="#local"/><use xlink:href="/sprite.svg#a"/>`, "", "/sprite.svg|#a"},
	{`<a href="/sprite.svg#svgView(viewBox(0,0,1,1))">`, "", ""},
	{`<base href="/base/"><a href="#a"><base href="/later/"><a href="x#b">`, "", "|/base/#a x|/base/#b"},
	{`<template><p id=a><a href="#b"><template></template><p id=c></template><p id=d>`, "d", ""},
	{`<script>"<p id=a>"</script><!-- <p id=b> --><style><p id=c></style><p id=d>`, "d", ""},
	{`<svg><symbol id="a"></symbol></svg><math><mi id=b>`, "a b", ""},
	{`<p id=a`, "a", ""},
	{"", "", ""},
}

func TestAnchors(t *testing.T) {
	var a Anchors // one for all, as in a run
	for _, test := range fragmentPages {
		a.Read([]byte(test.body))
		var names []string
		for _, id := range a.ids {
			names = append(names, string(id))
		}
		slices.Sort(names)
		ids := strings.Join(names, " ")
		var refs []string
		for _, ref := range a.Refs {
			refs = append(refs, ref.URL+"|"+ref.Base+"#"+ref.Fragment)
		}
		if ids != test.ids || strings.Join(refs, " ") != test.refs {
			t.Errorf("%s: ids %q, links %q; want %q, %q", test.body, ids, refs, test.ids, test.refs)
		}
	}
}

func TestAnchorsHas(t *testing.T) {
	var a Anchors
	a.Read([]byte(`<p id="a b"><p id="café"><p id="100%"><p id="%41">`))
	for fragment, want := range map[string]bool{
		"a b": true, "a%20b": true, "café": true, "caf%C3%A9": true, "100%": true, "%41": true,
		"A": false, "100": false, "caf%E9": false, "%zz": false,
	} {
		if a.Has(fragment) != want {
			t.Errorf("has(%q) = %v", fragment, !want)
		}
	}
}

func FuzzAnchors(f *testing.F) {
	for _, test := range fragmentPages {
		f.Add([]byte(test.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var a Anchors
		a.Read(body)
		for _, ref := range a.Refs {
			if ref.Fragment == "" || strings.Contains(ref.URL, "#") {
				t.Fatalf("%q: the link %+v has no fragment, or one in its URL", body, ref)
			}
		}
	})
}
