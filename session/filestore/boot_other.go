//go:build !linux

package filestore

// bootID returns "": that the system was started since is not known here.
func bootID() string { return "" }
