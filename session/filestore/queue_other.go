//go:build !linux

package filestore

import "os"

// A queue is something that this system does not have.
type queue struct{}

func newQueue() *queue { return nil }

func (*queue) flush(*os.File) (err error, ok bool) { return nil, false }

func (*queue) close() {}
