//go:build darwin || freebsd || netbsd

package filestore

import (
	"io/fs"
	"syscall"
)

// changeTime returns when the file's inode was last changed, in nanoseconds since 1970. Nobody can set it.
func changeTime(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctimespec.Nano()
	}
	return 0
}
