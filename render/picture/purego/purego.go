// Package purego stands in for the module of this name, which gen2brain/webp asks
// for a libwebp of the system before it uses its own. Then the bytes of a picture
// would depend on the machine, and the program could not be linked statically. This
// one has no libraries.
package purego

import "errors"

// The flags of Dlopen.
const (
	RTLD_NOW = 1 << iota
	RTLD_GLOBAL
)

var errNone = errors.New("libraries of the system are not used")

// Dlopen finds no library.
func Dlopen(string, int) (uintptr, error) { return 0, errNone }

// RegisterLibFunc ends in a panic, which the caller takes for a library that does
// not fit: on Windows it opens libraries without Dlopen.
func RegisterLibFunc(any, uintptr, string) { panic(errNone) }

// NewCallback is never called back.
func NewCallback(any) uintptr { return 0 }
