//go:build unix && !linux

package release

import "errors"

func helpMount([]string) error { return errors.New("not on this system") }
