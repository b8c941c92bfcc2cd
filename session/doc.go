// Package session is a session engine for net/http and everything built on it: values that belong to a visitor, and
// outlive his requests.
//
//	sessions, err := session.New(session.Options{SecretKey: os.Getenv("SESSION_SECRET_KEY")})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer sessions.Close()
//	http.ListenAndServe(":8000", sessions.Middleware(mux))
//
// and in a handler:
//
//	s := session.From(r.Context())
//	s.Set("theme", "dark")
//	theme := s.Get("theme", "light")
//	_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
//
// What it promises:
//
//   - No update is lost: two requests that change one session at the same time both keep their changes, in one process or
//     across many.
//   - Logged out stays logged out: a slow request that finishes after a logout cannot bring the session back.
//   - Saved before answered: a response that reports a change leaves after the change is stored; where it cannot be
//     stored, the client gets an error.
//   - Strangers cost no storage: a first visit gets its cookie, and nothing is stored until a value is set.
//
// A signed cookie names the session; the values are in a [Store]. "memory" and "file" are built in, others are imported or
// written: package store says what a store must do, and package storetest checks it.
package session
