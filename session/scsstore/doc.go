// Package scsstore keeps sessions in a store that was made for github.com/alexedwards/scs: there are some twenty of them,
// for databases that have no store of ours.
//
//	sessions, err := session.New(session.Options{
//		SecretKey: os.Getenv("SESSION_SECRET_KEY"),
//		Store:     scsstore.New(mysqlstore.New(db)),
//	})
//
// It imports no scs: what it needs is three methods, [Backing].
//
// # What that loses
//
// A store of scs reads and overwrites, and cannot compare before it does. Here a lock does that for it, and a lock ends with
// its process. So all that a session promises holds while one process serves them, and one Store stands on a backing:
// no update is lost, and logged out stays logged out, as package storetest checks.
//
// Where two processes share the backing, it does not hold. Two requests that change one session in the same moment, one in each
// process, lose one of the changes, as they do in scs. A request that is saved in one process between the two steps of
// a logout in the other brings the session back, until it expires. Nothing is torn, and nobody gets another's session. Who runs several
// processes uses redisstore, pgstore or filestore, or sends each visitor to one process and knows that a deployment breaks the rule
// for its moment.
//
// Some more is as the backing has it:
//
//   - Without the methods that take a context (FindCtx and so on), a call that has begun is waited for, however long it
//     takes: Options.StoreTimeout does not hold.
//   - Devices and revocation by user need AllCtx or All, and read every session for one user's.
//   - Other processes are told of nothing: Session.Done hears of an end at once on this one.
//   - What has expired is removed by the backing's own cleaner.
//
// # What is kept
//
// Each session is one entry under a token of 43 letters, which is no token of a cookie: the hash of a session's ID. A
// session that was deleted leaves an entry that says so until its last cookie has expired, 18 bytes, which no
// other store of ours can do without either. The engine encrypts the values, so they are of no use to whoever reads the table.
//
// Entries of scs's own sessions may lie beside ours. They are never touched, and never read.
//
// A backing's limits hold: the BLOB of scs's mysqlstore takes 65,535 bytes, so set Options.MaxSize to 60 KiB there.
//
// Do not use scs's boltstore, here or with scs: it hands out bytes that belong to bbolt once its transaction is over, and
// a commit that comes meanwhile writes another session over them. Package storetest finds that out. Among the others,
// memstore, goredisstore and pgxstore are tested (examples/scsstore); test yours in the same way.
package scsstore
