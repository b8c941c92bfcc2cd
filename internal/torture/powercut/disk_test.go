package powercut_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/torture/powercut"
)

// record is two threads that replace a file in strace's words, with paths and strings in plain letters.
const record = `1 10.000001 mkdirat(3</d>, "s", 0700) = 0
1 10.000002 openat(4</d/s>, "tmp", O_WRONLY|O_CREAT|O_EXCL, 0600) = 5</d/s/tmp>
1 10.000003 write(5</d/s/tmp>, "new", 3) = 3
1 10.000004 fsync(5</d/s/tmp> <unfinished ...>
2 10.000005 write(5</d/s/tmp>, "er", 2) = 2
1 10.000006 <... fsync resumed>) = 0
1 10.000007 renameat(4</d/s>, "tmp", 4</d/s>, "file") = 0
1 10.000008 openat(4</d/s>, "none", O_RDONLY) = -1 ENOENT (No such file or directory)
1 10.000009 write(1</dev/null>, "done", 4) = 4
1 10.000010 fsync(3</d>) = 0
1 10.000011 fsync(4</d/s>) = 0
1 10.000012 unlinkat(4</d/s>, "file", 0) = 0
1 10.000013 +++ exited with 0 +++
`

// escape writes strings and paths as strace does with -xx.
func escape(text string) string {
	var b strings.Builder
	inside := byte(0)
	for i := range len(text) {
		c := text[i]
		switch {
		case inside == 0 && (c == '"' || c == '<' && text[i-1] >= '0' && text[i-1] <= '9'):
			inside = map[byte]byte{'"': '"', '<': '>'}[c]
		case c == inside:
			inside = 0
		case inside != 0:
			b.WriteString(`\x` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func parse(t *testing.T) []powercut.Event {
	t.Helper()
	events, err := powercut.Parse(strings.NewReader(escape(record)))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func least(int) int  { return 0 }
func most(n int) int { return n - 1 }

func TestWhatWasFlushedIsLeft(t *testing.T) {
	disk := powercut.NewDisk("/d")
	// After each event: what is left at least, and what at most.
	for i, want := range [][2]string{
		{"", "s/"},                           // mkdirat
		{"", "s/ s/tmp="},                    // openat
		{"", "s/ s/tmp=new"},                 // write
		{"", "s/ s/tmp=new"},                 // fsync begins
		{"", "s/ s/tmp=newer"},               // write
		{"", "s/ s/tmp=newer"},               // fsync ends
		{"", "s/ s/file=newer"},              // renameat
		{"", "s/ s/file=newer"},              // the program says something
		{"", "s/ s/file=newer"},              // fsync of the directory above begins
		{"s/", "s/ s/file=newer"},            // and ends
		{"s/", "s/ s/file=newer"},            // fsync begins
		{"s/ s/file=new", "s/ s/file=newer"}, // and ends
		{"s/ s/file=new", "s/"},              // unlinkat
	} {
		e := parse(t)[i]
		disk.Apply(e)
		if got := [2]string{list(disk.Crash(least)), list(disk.Crash(most))}; got != want {
			t.Errorf("after event %d, %+v: %q, want %q", i, e, got, want)
		}
	}
	if n := len(parse(t)); n != 13 {
		t.Errorf("%d events, want 13", n)
	}
}

func list(image powercut.Image) string {
	var all []string
	for _, at := range slices.Sorted(maps.Keys(image)) {
		if !strings.HasSuffix(at, "/") {
			at += "=" + string(image[at])
		}
		all = append(all, at)
	}
	return strings.Join(all, " ")
}

func TestAnUnflushedFileMayBeTorn(t *testing.T) {
	disk := powercut.NewDisk("/d")
	for _, e := range parse(t)[:5] {
		disk.Apply(e)
	}
	seen := map[string]bool{}
	for n := range 4 {
		seen[string(disk.Crash(func(of int) int { return []int{of - 1, n}[map[bool]int{false: 0, true: 1}[of == 4]] })["s/tmp"])] = true
	}
	for _, want := range []string{"", "ne", "\x00\x00\x00\x00\x00", "newer"} {
		if !seen[want] {
			t.Errorf("nothing leaves %q, but %q", want, slices.Collect(maps.Keys(seen)))
		}
	}
}

func TestImagesAreRestored(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "d")
	if err := (powercut.Image{"s/": nil, "s/file": []byte("x"), "empty/": nil}).Restore(directory); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(directory, "s", "file"))
	info, statErr := os.Stat(filepath.Join(directory, "empty"))
	if string(b) != "x" || err != nil || statErr != nil || !info.IsDir() {
		t.Errorf("%q, %v, %v", b, err, statErr)
	}
}

func TestWhatIsNoRecordIsAnError(t *testing.T) {
	if _, err := powercut.Parse(strings.NewReader("strace: no such program\n")); err == nil {
		t.Error("it was read")
	}
}
