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

func parse(t *testing.T, record string) []powercut.Event {
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
	// After each event: what is left at least, and what at most.
	follow(t, record, [][2]string{
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
	})
}

// inPlace is a file that is made with room for two, and written into. Then it is replaced, while its descriptor is in use.
const inPlace = `1 10.000001 openat(3</d>, "tmp", O_RDWR|O_CREAT|O_EXCL, 0600) = 5</d/tmp>
1 10.000002 write(5</d/tmp>, "one", 3) = 3
1 10.000003 ftruncate(5</d/tmp>, 8) = 0
1 10.000004 fsync(5</d/tmp>) = 0
1 10.000005 renameat(3</d>, "tmp", 3</d>, "file") = 0
1 10.000006 fsync(3</d>) = 0
1 10.000007 openat(3</d>, "file", O_RDWR) = 5</d/file>
1 10.000008 pread64(5</d/file>, "one", 8, 0) = 3
1 10.000009 pwrite64(5</d/file>, "twofold", 7, 4) = 3
1 10.000010 utimensat(3</d>, "file", [UTIME_OMIT, {tv_sec=1, tv_nsec=0}], 0) = 0
1 10.000011 fdatasync(5</d/file> <unfinished ...>
2 10.000012 openat(3</d>, "tmp", O_RDWR|O_CREAT|O_EXCL, 0600) = 6</d/tmp>
2 10.000013 renameat(3</d>, "tmp", 3</d>, "file") = 0
1 10.000014 <... fdatasync resumed>) = 0
1 10.000015 pwrite64(5</d/file>(deleted), "six", 3, 0) = 3
1 10.000016 pwrite64(6</d/file>, "4", 1, 2) = 1
1 10.000017 fdatasync(5</d/file>(deleted)) = 0
1 10.000018 openat(3</d>, "gone", O_RDWR) = 5</d/gone>(deleted)
1 10.000019 pwrite64(5</d/gone>(deleted), "ten", 3, 0) = 3
1 10.000020 fdatasync(5</d/gone>(deleted)) = 0
1 10.000021 ftruncate(6</d/file>, 2) = 0
1 10.000022 fdatasync(6</d/file>) = 0
1 10.000023 fsync(3</d>) = 0
1 10.000024 pwrite64(6</d/file>, "ab", 2, 0) = 2
2 10.000025 io_submit(0x7f, 1, [{aio_data=0x3, aio_lio_opcode=IOCB_CMD_FDSYNC, aio_fildes=6</d/file>}] <unfinished ...>
1 10.000026 pwrite64(6</d/file>, "c", 1, 2) = 1
1 10.000027 io_submit(0x7f, 1, [{aio_data=0, aio_lio_opcode=IOCB_CMD_FDSYNC, aio_fildes=6</d/file>}]) = 1
2 10.000028 <... io_submit resumed>) = 1
1 10.000029 pwrite64(6</d/file>, "d", 1, 3) = 1
3 10.000030 io_getevents(0x7f, 0, 64, [{data=0x3, obj=0x1, res=0, res2=0}], {tv_sec=0, tv_nsec=0}) = 1
3 10.000031 io_submit(0x7f, 1, [{aio_data=0x3, aio_lio_opcode=IOCB_CMD_FDSYNC, aio_fildes=6</d/file>}]) = 1
3 10.000032 io_getevents(0x7f, 0, 64, [{data=0x3, obj=0x1, res=-5, res2=0}, {data=0, obj=0x2, res=0, res2=0}], {tv_sec=0, tv_nsec=0}) = 2
`

func TestWritesInPlaceAreLeftWhenTheyWereFlushed(t *testing.T) {
	follow(t, inPlace, [][2]string{
		{"", "tmp="},                            // openat
		{"", "tmp=one"},                         // write
		{"", "tmp=one....."},                    // ftruncate
		{"", "tmp=one....."},                    // fsync begins
		{"", "tmp=one....."},                    // and ends
		{"", "file=one....."},                   // renameat
		{"", "file=one....."},                   // fsync of the directory begins
		{"file=one.....", "file=one....."},      // and ends
		{"file=one.....", "file=one.two."},      // pwrite64
		{"file=one.....", "file=one.two."},      // fdatasync begins
		{"file=one.....", "file=one.two. tmp="}, // openat
		{"file=one.....", "file="},              // renameat
		{"file=one.two.", "file="},              // fdatasync ends
		{"file=one.two.", "file="},              // pwrite64 into the file that was replaced
		{"file=one.two.", "file=..4"},           // pwrite64 into the other, beyond its end
		{"file=one.two.", "file=..4"},           // fdatasync of what was replaced begins
		{"file=six.two.", "file=..4"},           // and ends
		{"file=six.two.", "file=..4"},           // pwrite64 into what never had a name here
		{"file=six.two.", "file=..4"},           // fdatasync of that begins
		{"file=six.two.", "file=..4"},           // and ends
		{"file=six.two.", "file=.."},            // ftruncate
		{"file=six.two.", "file=.."},            // fdatasync begins
		{"file=six.two.", "file=.."},            // and ends
		{"file=six.two.", "file=.."},            // fsync of the directory begins
		{"file=..", "file=.."},                  // and ends
		{"file=..", "file=ab"},                  // pwrite64
		{"file=..", "file=ab"},                  // io_submit begins
		{"file=..", "file=abc"},                 // pwrite64
		{"file=..", "file=abc"},                 // io_submit
		{"file=..", "file=abcd"},                // pwrite64
		{"file=ab", "file=abcd"},                // io_getevents: the first flush is over
		{"file=ab", "file=abcd"},                // io_submit
		{"file=abc", "file=abcd"},               // io_getevents: it has failed, and the second is over
	})
}

// follow applies a record to a disk, and looks at what is left at least and at most after each event.
func follow(t *testing.T, record string, want [][2]string) {
	t.Helper()
	disk, events := powercut.NewDisk("/d"), parse(t, record)
	if len(events) != len(want) {
		t.Fatalf("%d events, want %d", len(events), len(want))
	}
	for i, e := range events {
		disk.Apply(e)
		if got := [2]string{list(disk.Crash(least)), list(disk.Crash(most))}; got != want[i] {
			t.Errorf("after event %d, %+v: %q, want %q", i, e, got, want[i])
		}
	}
}

// list writes an image in a line, with dots for zeros.
func list(image powercut.Image) string {
	var all []string
	for _, at := range slices.Sorted(maps.Keys(image)) {
		if !strings.HasSuffix(at, "/") {
			at += "=" + strings.ReplaceAll(string(image[at]), "\x00", ".")
		}
		all = append(all, at)
	}
	return strings.Join(all, " ")
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
