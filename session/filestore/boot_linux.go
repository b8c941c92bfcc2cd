package filestore

import (
	"os"
	"strings"
)

// bootID returns what tells this run of the system from others; see random(4). A container has its host's.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
