package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"icecap/render"
	"icecap/render/theme"
)

func (a *app) newCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new (post TITLE|page TITLE|theme FILE)",
		Short: "Begin a post or a page of the folder of Markdown, or a file of its own theme",
		Long: `Writes a file with front matter, named after the title, and prints its name. A post
goes into the folder posts, if there is one, and begins with today's date. It is a
draft: icecap build leaves it out until the line "draft: true" is gone.

With theme it copies a file of the default theme into the folder theme, where it
takes the place of the default one.`,
		Example: "  icecap new post \"How ice forms\"\n  icecap new page About\n  icecap new theme footer.html",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			if args[0] == "theme" {
				return a.copyThemeFile(cmp.Or(c.Build.Dir, "."), args[1])
			}
			title := strings.Join(args[1:], " ")
			var draft render.Draft
			switch args[0] {
			case "post":
				draft, err = render.NewPost(title, time.Now().Truncate(time.Second))
			case "page":
				draft, err = render.NewPage(title)
			default:
				err = fmt.Errorf("begin a %s: there are only posts, pages and files of the theme", args[0])
			}
			if err != nil {
				return usageError{err}
			}
			return a.writeDraft(c.draftFolder(args[0]), draft)
		},
	}
	return cmd
}

// draftFolder is where a new file goes.
func (c *config) draftFolder(kind string) string {
	dir := cmp.Or(c.Build.Dir, ".")
	for _, sub := range []string{"content", "posts"} {
		if sub == "posts" && kind != "post" {
			break
		}
		if info, err := os.Stat(filepath.Join(dir, sub)); err == nil && info.IsDir() {
			dir = filepath.Join(dir, sub)
		}
	}
	return dir
}

func (a *app) writeDraft(dir string, draft render.Draft) error {
	name := filepath.Join(dir, draft.Name)
	if err := createFile(name, draft.Text, "edit it, or choose another title"); err != nil {
		return err
	}
	a.reply("%s", name)
	a.say("next: edit it, take \"draft: true\" out, icecap build")
	return nil
}

// copyThemeFile begins a file of the site's own theme with the default one.
func (a *app) copyThemeFile(dir, file string) error {
	text, err := theme.Default(file)
	if err != nil {
		return usageError{err}
	}
	name := filepath.Join(dir, "theme", filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("begin a theme: %w", err)
	}
	if err := createFile(name, string(text), "edit it"); err != nil {
		return err
	}
	a.reply("%s", name)
	a.say("next: edit it, icecap build")
	return nil
}

// createFile writes a file that is not there yet.
func createFile(name, text, hint string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return hintedError{err: fmt.Errorf("write %s: it is already there", name), hint: hint}
	}
	if err != nil {
		return fmt.Errorf("begin a file: %w", err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (a *app) nextCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "next [DIR]",
		Short:   "Print the next moment at which a post appears or expires by itself",
		Long:    "Prints it as RFC 3339 has it, for a timer that runs icecap build then; nothing if there is none.",
		Example: "  icecap next\n  icecap next --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			folder, err := c.folder(c.buildDir(args))
			if err != nil {
				return err
			}
			snapshot, err := folder.Read(cmd.Context())
			if err != nil {
				return a.sayProblems(err)
			}
			next, err := snapshot.Next(cmd.Context())
			if err != nil {
				return a.sayProblems(err)
			}
			return a.sayNext(next, asJSON)
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// A nextReport is the answer of next --json.
type nextReport struct {
	At      *time.Time `json:"at"` // null if nothing is scheduled
	File    string     `json:"file,omitempty"`
	Expires bool       `json:"expires,omitempty"`
}

func (a *app) sayNext(next render.Change, asJSON bool) error {
	switch {
	case asJSON && next.At.IsZero():
		return a.replyJSON(nextReport{})
	case asJSON:
		return a.replyJSON(nextReport{&next.At, next.File, next.Expires})
	case next.At.IsZero():
		a.say("nothing is scheduled")
	default:
		a.reply("%s", next.At.Format(time.RFC3339))
		a.say("%s", next)
	}
	return nil
}
