package powercut_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/torture/powercut"
)

// everything returns all that may be left of a disk with one name, in order.
func everything(disk *powercut.Disk) []string {
	all := map[string]bool{}
	for choices, more := []int(nil), true; more; {
		var of []int
		all[list(disk.Crash(func(n int) int {
			if len(of) == len(choices) {
				choices = append(choices, 0)
			}
			of = append(of, n)
			return choices[len(of)-1]
		}))] = true
		for more = false; len(choices) > 0 && !more; {
			last := len(choices) - 1
			if choices[last]++; choices[last] < of[last] {
				more = true
			} else {
				choices = choices[:last]
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// sectors returns a sector full of each letter.
func sectors(letters string) string {
	var b strings.Builder
	for _, l := range letters {
		b.WriteString(strings.Repeat(string(l), 512))
	}
	return b.String()
}

// fileWith returns a disk with a file that is flushed, and so is its name.
func fileWith(data string) *powercut.Disk {
	disk := powercut.NewDisk("/d")
	disk.Apply(powercut.Event{Op: powercut.Create, Path: "/d/f"})
	disk.Apply(powercut.Event{Op: powercut.Append, Path: "/d/f", Data: []byte(data)})
	for _, path := range []string{"/d/f", "/d"} {
		disk.Apply(powercut.Event{Op: powercut.SyncBegin, Path: path})
		disk.Apply(powercut.Event{Op: powercut.SyncEnd, Path: path})
	}
	return disk
}

func overwrite(disk *powercut.Disk, offset int, data string) {
	disk.Apply(powercut.Event{Op: powercut.WriteAt, Path: "/d/f", Offset: offset, Data: []byte(data)})
}

func expect(t *testing.T, disk *powercut.Disk, want ...string) {
	t.Helper()
	for i := range want {
		want[i] = "f=" + want[i]
	}
	if got := everything(disk); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("%d things may be left, want %d: %.9000q", len(got), len(want), got)
	}
}

func TestEachSectorIsOfAnyAgeSinceTheFlush(t *testing.T) {
	disk := fileWith(sectors("aaa"))
	expect(t, disk, sectors("aaa"))
	overwrite(disk, 0, sectors("b"))
	expect(t, disk, sectors("aaa"), sectors("baa"))
	disk.Apply(powercut.Event{Op: powercut.SyncBegin, Path: "/d/f"})
	overwrite(disk, 512, sectors("c"))
	overwrite(disk, 0, sectors("d"))
	expect(t, disk, sectors("aaa"), sectors("aca"), sectors("baa"), sectors("bca"), sectors("daa"), sectors("dca"))
	disk.Apply(powercut.Event{Op: powercut.SyncEnd, Path: "/d/f"})
	expect(t, disk, sectors("baa"), sectors("bca"), sectors("daa"), sectors("dca"))
}

func TestAWriteAcrossSectorsMayBeTornBetweenThem(t *testing.T) {
	disk := fileWith(sectors("aa"))
	overwrite(disk, 510, "bbbb")
	first, second := strings.Repeat("a", 510), strings.Repeat("a", 510)
	expect(t, disk, first+"aa"+"aa"+second, first+"bb"+"aa"+second, first+"aa"+"bb"+second, first+"bb"+"bb"+second)
}

func TestALongerFileMayHaveAnyLengthAndZeros(t *testing.T) {
	disk := fileWith("a")
	disk.Apply(powercut.Event{Op: powercut.Append, Path: "/d/f", Data: []byte("bc")})
	expect(t, disk, "a", "a.", "ab", "a..", "abc")
	disk.Apply(powercut.Event{Op: powercut.SyncBegin, Path: "/d/f"})
	disk.Apply(powercut.Event{Op: powercut.SyncEnd, Path: "/d/f"})
	expect(t, disk, "abc")
	overwrite(disk, 1024, "d")
	expect(t, disk, "abc", "abc"+strings.Repeat(".", 511), "abc"+strings.Repeat(".", 1022), "abc"+strings.Repeat(".", 1021)+"d")
}

func TestAShorterFileMayHaveAnyLengthSinceTheFlush(t *testing.T) {
	disk := fileWith("abcd")
	disk.Apply(powercut.Event{Op: powercut.Truncate, Path: "/d/f", Offset: 2})
	expect(t, disk, "abcd", "ab..", "abc", "ab.", "ab")
	disk.Apply(powercut.Event{Op: powercut.Truncate, Path: "/d/f"})
	disk.Apply(powercut.Event{Op: powercut.Append, Path: "/d/f", Data: []byte("x")})
	expect(t, disk, "abcd", "ab..", "....", "x...", "abc", "ab.", "...", "x..", "ab", "..", "x.", "a", ".", "x", "")
}

func TestAnEarlierFlushTakesNothingBack(t *testing.T) {
	disk := fileWith("a")
	overwrite(disk, 0, "b")
	disk.Apply(powercut.Event{Op: powercut.SyncBegin, Thread: "1", Path: "/d/f"})
	overwrite(disk, 0, "c")
	disk.Apply(powercut.Event{Op: powercut.SyncBegin, Thread: "2", Path: "/d/f"})
	overwrite(disk, 0, "d")
	disk.Apply(powercut.Event{Op: powercut.SyncEnd, Thread: "2", Path: "/d/f"})
	disk.Apply(powercut.Event{Op: powercut.SyncEnd, Thread: "1", Path: "/d/f"})
	expect(t, disk, "c", "d")
}

func TestALongFlushMakesDurableWhatItBeganWith(t *testing.T) {
	disk := fileWith("old")
	overwrite(disk, 0, "new")
	disk.Apply(powercut.Event{Op: powercut.SyncBegin, Path: "/d/f"})
	for n := range 500 {
		overwrite(disk, 0, fmt.Sprint(n+100))
	}
	if all := everything(disk); !slices.Contains(all, "f=old") || !slices.Contains(all, "f=599") || len(all) > 10 {
		t.Errorf("%d things may be left, want the durable one, the newest and a few others: %.200q", len(all), all)
	}
	disk.Apply(powercut.Event{Op: powercut.SyncEnd, Path: "/d/f"})
	if all := everything(disk); slices.Contains(all, "f=old") || !slices.Contains(all, "f=new") || !slices.Contains(all, "f=599") {
		t.Errorf("after the flush these may be left: %.200q", all)
	}
}
