// Package filestore keeps sessions in a directory, one file each, that several processes may share.
//
//	s, err := filestore.New(filestore.Options{Directory: "/var/lib/shop/sessions"})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer s.Close()
//	manager, err := session.New(session.Options{Store: s})
//
// or, by name, session.Options{Backend: "file", BackendOptions: session.BackendOptions{"directory": "sessions"}}.
//
// # The directory
//
//	sessions/            0700, owned by the process's user
//	  3f/                0700, one of 256 shards: the first byte of the key
//	    3f0c…            0600, a session's file: the key, 64 hexadecimal digits
//	    tmp-5d41…        0600, a new file that is being written; a leftover of a crash is swept after ten minutes
//	    lock             0600, empty; who changes files in the shard holds its lock
//	    user-3fa1…       0700, a user's sessions; 3fa1… is the SHA-256 of the user
//	      b20e…          0600, empty, named after the session's file, which is in the shard b2
//	  tmp-5d41…          0600, a file of the start, or of the index; swept in the same way
//	  index              0600, says in which run of the system the users' directories were checked
//	  quarantine/        0700, files that could not be read as sessions, for somebody to look at
//
// [New] refuses a directory that others can write to, that another user owns, or that is a symbolic link. Everything is
// read and written through [os.Root], and only regular files are opened: a planted link is moved to quarantine as it is, and
// leads nowhere. Two files are open for each shard in use, 512 at most. The directory may be emptied, whole or in part,
// while processes use it: the sessions are gone, and nothing else.
//
// # A file
//
// A session's file has two halves of one size, 4 KiB or, for larger sessions, a larger power of two, and in each of them room
// for a copy of the session. The whole one with the higher number counts. A save writes over the other: nothing is made,
// renamed or freed for it, so that it succeeds on a full disk as well, and whatever stops it half way, the copy that counted
// is there. A session that does not fit its half any more, or needs less than a quarter of it, is
// written to a new file, which is renamed into the old one's place; so is a tombstone, which has one copy and nothing else,
// and a session of more than 1 MiB.
//
// A copy: all integers are big-endian, times in microseconds since 1970.
//
//	offset  size  field
//	     0     6  "PROAPI"
//	     6     1  format, 2
//	     7     1  kind: 'R' a record, 'T' a tombstone (a deleted session)
//	     8     4  CRC-32C of the key, of bytes 0 to 8 and of bytes 12 to the end
//	    12     8  number: one more than the other copy's; in a new file, the time
//	    20     4  length of the rest
//	    24  rest  of a record: its binary form, see store.Record; of a tombstone: when it was deleted (8), until when
//	              the key stays refused (8)
//
// The checksum is there for what disks and crashes do, which a CRC finds at memory speed: every burst of up to 32 bits,
// and all but one in 2³² of anything else. It is no defence against somebody who may write to the directory. Since it
// covers the key, a file that was copied to another name is broken as well.
//
// A file without a whole copy (empty, cut short, a wrong byte, another format, not a regular file) is moved to quarantine
// and logged, and its session counts as not there. Nothing is deleted, and quarantine has no bound: it holds only what
// took room before. Where one copy of two is whole, it counts, and the next save logs a warning and writes over the other: a crash
// has left that, or a disk has damaged it. A file that cannot be read (permission denied, an I/O error) is not broken: it
// stays, and the call returns an error.
//
// # Several processes
//
// A save takes the shard's lock (a channel among goroutines, flock or LockFileEx among processes), compares versions, writes,
// and lets go. A reader takes no lock. It finds a copy being written now and then, which its checksum tells; then it reads
// again until the file is at rest, so that it is never sent back to a copy older than one that was there when it began. The
// directory must be on a local file system, or on one whose locks and renames work as on a local one.
//
// What was read is kept in memory and used again while one stat says that the file is the same: inode, size, time of
// modification and, where the system has it, time of change. The clock of file times ticks every few milliseconds, so a file is kept only where it had been still for 50 ms
// when it was read, and nobody was writing in its shard: a later change cannot bear its times. Unless Sync is [SyncAlways], what
// was just saved is kept at once where file times have nanoseconds: its time is set, and no other save sets the same.
//
// # A user's sessions
//
// [Store.ListUser] reads the user's directory and the files that it names, however many others there are. A session's
// entry is made before the record that names the user gets its name, and removed after the record that does not, under the
// lock of the session's shard. So wherever a process is killed there may be an entry too many, never one too few: a list
// looks at the records, and the sweep removes, under the same lock, entries without a file. A session without a user, and
// an update that keeps the user, do nothing in the index.
//
// Entries are not flushed, so a power cut can take one and leave its record. Therefore the index is checked against the
// records once in each run of the system, in the background, by the first process that opens the directory; that costs one
// read a session, and ListUser waits for it. The same happens to a directory that was made before there was an index.
// Where the system does not tell its runs apart (it does on Linux), the index is checked whenever a store is opened.
//
// The sweep puts back every entry that is missing all the same, because somebody removed a part of the directory or a
// program without an index writes to it; until it has passed, ListUser does not know of those sessions.
//
// # What a power cut costs
//
// Unless Sync is [SyncNone], a new file's data is flushed before the rename gives it its name, and a copy is written over only
// once the other, which counts, is flushed. So in whatever order a file system writes (ext4 with delayed allocation, XFS), a
// name always stands for a file with a whole copy that was flushed. The halves are pages of their own, so that a page which is torn
// takes nothing of the other. What differs is when what was written, a copy or a directory's entry, is flushed:
//
//   - [SyncInterval]: by a goroutine, at most Options.SyncInterval later; a copy earlier, where its session is saved
//     again before. A power cut undoes the saves and deletes of that time, and nothing else. Windows, which has no call to
//     flush a directory, writes its entries on its own schedule.
//   - [SyncAlways]: before Save or Delete returns. Those who wait for one shard's entries share one flush. Not on Windows. On Linux
//     the kernel flushes by itself (io_submit) once half of GOMAXPROCS wait for the disk, so that they do not stop the others.
//   - [SyncNone]: when the system pleases, data and names in any order. A session written in the last half minute may
//     come back old, or broken and therefore not at all. The end of a process, however sudden, costs nothing.
package filestore
