package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeysAreLongAndNew(t *testing.T) {
	first, second := want(t, exitDone, "", "keygen"), want(t, exitDone, "", "keygen")
	if len(strings.TrimSpace(first)) != 64 || first == second {
		t.Errorf("the keys have %d and %d letters; they are the same: %t", len(first), len(second), first == second)
	}
}

func TestNewApplicationPassesItsTest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	wantText(t, want(t, exitDone, "", "new", dir, "--module", "example.com/shop", "--replace", "../.."), "Made example.com/shop", "go run .")
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}, {"build", "-o", os.DevNull, "."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "gofmt", "-l", dir).Output(); err != nil || len(out) > 0 {
		t.Errorf("not formatted: %s %v", out, err)
	}
	wantText(t, want(t, exitUsage, "", "new", dir), "not empty")
}

func TestNewApplicationNeedsAPathForItsModule(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my shop")
	wantText(t, want(t, exitUsage, "", "new", dir), "--module")
	if _, err := os.Stat(dir); err == nil {
		t.Error("the directory was made all the same")
	}
}

func TestShellsCanComplete(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		wantText(t, want(t, exitDone, "", "completion", shell), "proapi")
	}
	wantText(t, want(t, exitDone, "", "__complete", "sessions", "list", "--store", ""), "redis://", "postgres://")
}
