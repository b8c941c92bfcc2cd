package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// framework is the module that a new application requires.
const framework = "github.com/proapi-go/proapi"

// files are those of a new application. Their names end with .tmpl, so that they are nobody's source here.
//
//go:embed template/*.tmpl
var files embed.FS

// An application is a new one, to be made.
type application struct {
	dir     string
	module  string
	replace string // a directory with the framework's source, instead of a version
}

func newNew() *cobra.Command {
	a := &application{}
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Begin an application: a small one that runs, and whose test passes",
		Long: `Begin an application in a new or empty directory: pages that remember their visitors, login and logout, sessions in files,
and a test. Its module is named after the directory, unless --module says otherwise.`,
		Example: `  proapi new shop
  proapi new ./services/shop --module example.com/shop`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.dir = args[0]
			if err := a.make(cmd.Context(), cmd.ErrOrStderr()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Made %s. Try it:\n\n  cd %s\n  go test ./...\n  go run .\n", a.module, a.dir)
			return err
		},
	}
	cmd.Flags().StringVar(&a.module, "module", "", "the module's `path`")
	cmd.Flags().StringVar(&a.replace, "replace", "", "a `directory` with the framework's source to use instead of a release")
	return cmd
}

// modulePath is what go accepts for the path of a module that is not fetched from elsewhere, or nearly.
var modulePath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$`)

func (a *application) make(ctx context.Context, progress io.Writer) error {
	full, err := filepath.Abs(a.dir)
	if err != nil {
		return err
	}
	if a.module == "" {
		a.module = filepath.Base(full)
	}
	if !modulePath.MatchString(a.module) {
		return usageError("%q is no path of a module: say --module example.com/shop", a.module)
	}
	if err := empty(full); err != nil {
		return err
	}
	if err := a.write(full); err != nil {
		return err
	}
	return a.require(ctx, full, progress)
}

// empty makes the directory, and refuses one that holds anything.
func empty(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return usageError("%s is not empty: name a new directory", dir)
	}
	return nil
}

func (a *application) write(dir string) error {
	entries, err := files.ReadDir("template")
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := files.ReadFile("template/" + e.Name())
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(e.Name(), ".tmpl")
		if name == "gitignore" {
			name = ".gitignore"
		}
		text := strings.ReplaceAll(string(b), "MODULE", a.module)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// require has go find the framework, and what that needs.
func (a *application) require(ctx context.Context, dir string, progress io.Writer) error {
	steps := [][]string{{"get", framework + "@" + version()}}
	if a.replace != "" {
		source, err := filepath.Abs(a.replace)
		if err != nil {
			return err
		}
		steps = [][]string{
			{"mod", "edit", "-require=" + framework + "@v0.0.0", "-replace=" + framework + "=" + source},
		}
	}
	for _, step := range append(steps, []string{"mod", "tidy"}) {
		cmd := exec.CommandContext(ctx, "go", step...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, progress, progress
		if err := cmd.Run(); err != nil {
			return errors.Join(fmt.Errorf("go %s: %w", strings.Join(step, " "), err),
				fmt.Errorf("the files are in %s: run it there again when what is wrong is mended", dir))
		}
	}
	return nil
}

// version is the framework's that this program is of, or the latest, where it is of none.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == framework && strings.HasPrefix(info.Main.Version, "v") &&
		!strings.Contains(info.Main.Version, "+") {
		return info.Main.Version
	}
	return "latest"
}
