package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// initFile is a complete configuration: every setting, its default, and why one would change it.
//
//go:embed init.toml
var initFile []byte

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "init",
		Short:   "Write a commented icecap.toml into this folder",
		Example: "  icecap init",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			const name = "icecap.toml"
			file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return hintedError{err: fmt.Errorf("write %s: it is already there", name), hint: "edit it, or move it away first"}
			}
			if err != nil {
				return fmt.Errorf("write %s: %w", name, err)
			}
			_, err = file.Write(initFile)
			if err := errors.Join(err, file.Close()); err != nil {
				return fmt.Errorf("write %s: %w", name, err)
			}
			a.reply("wrote %s", name)
			a.say("next: edit url under [app], then icecap freeze")
			return nil
		},
	}
}
