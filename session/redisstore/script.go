package redisstore

import (
	_ "embed"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// A script is sent by its SHA-1, and once in full to a server that does not know it: one that says so has run nothing.
// All but the one that saves may be run twice.
var (
	//go:embed save.lua
	saveText string
	//go:embed delete.lua
	deleteText string
	//go:embed index.lua
	indexText string
	//go:embed unindex.lua
	unindexText string
)

type scripts struct{ save, delete, index, unindex *rueidis.Lua }

func newScripts() scripts {
	return scripts{
		save:    rueidis.NewLuaScript(saveText),
		delete:  rueidis.NewLuaScript(deleteText),
		index:   rueidis.NewLuaScript(indexText),
		unindex: rueidis.NewLuaScript(unindexText),
	}
}

// What the script that saves answers, besides 0 for a conflict.
const (
	saved      = 1
	indexFirst = 2
)

// decimal writes a number as scripts read it.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// eightBytes writes a number as it is stored.
func eightBytes(n int64) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // two's complement
}

// lifetime returns how many milliseconds there are from now to end, rounded up; 0 where it has passed.
func lifetime(now, end time.Time) int64 {
	if !now.Before(end) {
		return 0
	}
	return (end.Sub(now) + time.Millisecond - 1).Milliseconds()
}
