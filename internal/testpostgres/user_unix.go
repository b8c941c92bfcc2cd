//go:build unix

package testpostgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// PostgreSQL refuses to run as root: where the tests do, it runs as the user that its package has made.

// guard runs a program until the guard's standard input ends: with the tests, however they end. Only the program holds the
// standard error.
const guard = `exec 3>&2 2>/dev/null; "$0" "$@" 2>&3 3>&- & exec 3>&-; cat >/dev/null; kill -QUIT $!; wait $!`

// guarded returns the command that runs a program and stops it, as by a crash, when its standard input ends.
func guarded(program string, args []string) (string, []string) {
	return "/bin/sh", append([]string{"-c", guard, program}, args...)
}

// runAsOther makes cmd run as the user postgres, where this process is root.
func runAsOther(cmd *exec.Cmd) {
	uid, gid, err := other()
	if err != nil || uid == os.Getuid() {
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}} //nolint:gosec // a user's number
}

// giveAway makes files those of the user as whom PostgreSQL runs.
func giveAway(paths ...string) error {
	uid, gid, err := other()
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.Chown(path, uid, gid))
	}
	return errors.Join(errs...)
}

// other returns the user and group as whom PostgreSQL runs: our own, unless we are root.
func other() (uid, gid int, err error) {
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid(), nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, fmt.Errorf("testpostgres: PostgreSQL does not run as root, and there is no other user for it: %w", err)
	}
	uid, err = strconv.Atoi(u.Uid)
	if err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(u.Gid)
	return uid, gid, err
}
