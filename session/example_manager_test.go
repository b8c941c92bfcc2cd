package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
	"github.com/proapi-go/proapi/session/migration"
)

// The list on a user's account page. Device.Handle is what its buttons send to Revoke.
func ExampleManager_Devices() {
	manager := quiet(session.Options{})
	app := manager.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if r.URL.Path == "/login" {
			s.Login("ann")
			return
		}
		devices, err := manager.Devices(r.Context(), s.UserID()) // the one used last first
		for _, d := range devices {
			fmt.Println(d.User, d.Address, d.Current)
		}
		fmt.Println(err)
	}))
	phone, laptop := &browser{}, &browser{}
	phone.get(app, "/login")
	laptop.get(app, "/login")
	laptop.get(app, "/devices")
	// Output:
	// ann 192.0.2.1 true
	// ann 192.0.2.1 false
	// <nil>
}

// One device, by the handle that its list showed. Whose it is, is checked.
func ExampleManager_Revoke() {
	manager, ctx := quiet(session.Options{}), context.Background()
	phone := browse(manager)
	phone(func(s *session.Session) { s.Login("ann") })
	devices, _ := manager.Devices(ctx, "ann")

	err := manager.Revoke(ctx, "ben", devices[0].Handle)
	fmt.Println(errors.Is(err, session.ErrNotFound))
	fmt.Println(manager.Revoke(ctx, "ann", devices[0].Handle))
	phone(func(s *session.Session) { fmt.Printf("%q\n", s.UserID()) })
	// Output:
	// true
	// <nil>
	// ""
}

// After a change of password. The session of the request whose context it is, is kept.
func ExampleManager_RevokeOthers() {
	manager := quiet(session.Options{})
	app := manager.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		switch s := session.From(r.Context()); r.URL.Path {
		case "/login":
			s.Login("ann")
		case "/password":
			n, err := manager.RevokeOthers(r.Context(), s.UserID())
			fmt.Println(n, err)
		default:
			fmt.Printf("%q\n", s.UserID())
		}
	}))
	phone, laptop := &browser{}, &browser{}
	phone.get(app, "/login")
	laptop.get(app, "/login")
	laptop.get(app, "/password")
	phone.get(app, "/")
	laptop.get(app, "/")
	// Output:
	// 1 <nil>
	// ""
	// "ann"
}

// When an account is closed, or was taken.
func ExampleManager_RevokeUser() {
	manager := quiet(session.Options{})
	visit := browse(manager)
	visit(func(s *session.Session) { s.Login("ann") })
	n, err := manager.RevokeUser(context.Background(), "ann")
	fmt.Println(n, err)
	visit(func(s *session.Session) { fmt.Printf("%q\n", s.UserID()) })
	// Output:
	// 1 <nil>
	// ""
}

// It costs one save, however many sessions there are.
func ExampleManager_RevokeAll() {
	manager := quiet(session.Options{})
	visit := browse(manager)
	visit(func(s *session.Session) { s.Set("cart", 3) })
	fmt.Println(manager.RevokeAll(context.Background()))
	visit(func(s *session.Session) { fmt.Println(s.Len()) })
	// Output:
	// <nil>
	// 0
}

func ExampleManager_All() {
	manager := quiet(session.Options{})
	for _, user := range []string{"ann", "ben"} {
		browse(manager)(func(s *session.Session) { s.Login(user) })
	}
	n := 0
	for d, err := range manager.All(context.Background()) {
		if err != nil {
			panic(err)
		}
		if d.User != "" {
			n++
		}
	}
	fmt.Println(n, "users are logged in")
	// Output:
	// 2 users are logged in
}

// Values are shown only when they are asked for.
func ExampleManager_Inspect() {
	manager, ctx := quiet(session.Options{}), context.Background()
	browse(manager)(func(s *session.Session) {
		s.Login("ann")
		s.Set("cart", 3)
	})
	devices, _ := manager.Devices(ctx, "ann")
	found, err := manager.Inspect(ctx, devices[0])
	if err != nil {
		panic(err)
	}
	for _, item := range found.Items {
		value, _ := item.Value()
		fmt.Println(item.Key, value)
	}
	// Output:
	// cart 3
}

// RevokeDevice ends a session that All or Devices has listed, also one that is nobody's.
func ExampleManager_RevokeDevice() {
	manager, ctx := quiet(session.Options{}), context.Background()
	visit := browse(manager)
	visit(func(s *session.Session) { s.Set("cart", 3) })
	for d, err := range manager.All(ctx) {
		if err == nil && d.User == "" {
			fmt.Println(manager.RevokeDevice(ctx, d))
		}
	}
	visit(func(s *session.Session) { fmt.Println(s.Len()) })
	// Output:
	// <nil>
	// 0
}

// For Prometheus and OpenTelemetry there are packages sessionprom and sessionotel.
func ExampleManager_Stats() {
	manager := quiet(session.Options{})
	visit := browse(manager)
	visit(func(s *session.Session) { s.Login("ann") })
	visit(func(s *session.Session) { s.UserID() })
	visit(func(s *session.Session) { s.Logout() })
	stats := manager.Stats()
	fmt.Println(stats.Logins, stats.Logouts, stats.Loads, stats.Rejected["signature"])
	// Output:
	// 1 1 2 0
}

func ExampleManager_Usage() {
	manager := quiet(session.Options{})
	for range 3 {
		browse(manager)(func(s *session.Session) { s.Set("seen", true) })
	}
	usage, err := manager.Usage(context.Background())
	fmt.Println(usage.Sessions, usage.Exact, err)
	// Output:
	// 3 true <nil>
}

// Close ends the sessions' backend, where New has opened it: after the server has ended.
func ExampleManager_Close() {
	manager := quiet(session.Options{Backend: "memory"})
	fmt.Println(manager.Close())
	status := browse(manager)(func(s *session.Session) { s.Set("seen", true) })
	fmt.Println(status)
	// Output:
	// <nil>
	// 503
}

// An audit log of who came and went. The event holds no token, ID or value.
func ExampleEvent() {
	manager := quiet(session.Options{OnEvent: func(_ context.Context, e session.Event) {
		fmt.Println(e.Name, e.User)
	}})
	visit := browse(manager)
	visit(func(s *session.Session) { s.Login("ann") })
	visit(func(s *session.Session) { s.Logout() })
	// Output:
	// session_renewed ann
	// session_login ann
	// session_logout ann
}

func ExampleStoreCall() {
	manager := quiet(session.Options{OnStoreCall: func(_ context.Context, call session.StoreCall) {
		fmt.Println(call.Operation, call.Err, call.Took > 0)
	}})
	visit := browse(manager)
	visit(func(s *session.Session) { s.Set("n", 1) })
	visit(func(s *session.Session) { s.Get("n") })
	// Output:
	// save <nil> true
	// load <nil> true
}

// A store by its URL, as a program's flag or environment has it.
func ExampleOpenURL() {
	store, err := session.OpenURL("memory:?max_sessions=5000", slog.Default())
	if err != nil {
		panic(err)
	}
	fmt.Printf("%T\n", store)
	fmt.Println(store.(io.Closer).Close())

	_, err = session.OpenURL("memory:?max_session=5000", slog.Default())
	fmt.Println(err)
	// Output:
	// *memstore.Store
	// <nil>
	// session: open the memory backend: memstore: backend option "max_session" is unknown to the memory backend: it knows max_bytes, max_sessions, sweep_interval
}

// From memory to files, while the application runs; docs/migrating.md has the steps.
func ExampleMigrating() {
	directory, err := os.MkdirTemp("", "sessions")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(directory) }()
	from, err := memstore.New(memstore.Options{})
	if err != nil {
		panic(err)
	}
	to, err := session.OpenURL("file:"+directory, slog.Default())
	if err != nil {
		panic(err)
	}
	visit := browse(quiet(session.Options{Store: from}))
	visit(func(s *session.Session) { s.Set("cart", 3) })

	both, err := session.Migrating(from, to, migration.Switch)
	if err != nil {
		panic(err)
	}
	defer func() { _ = both.(io.Closer).Close() }() // both of them
	moved := browse(quiet(session.Options{Store: both}))
	moved(func(s *session.Session) { s.Set("cart", 1) })
	usage, err := to.(session.Measurer).Usage(context.Background())
	fmt.Println(usage.Sessions, err)
	// Output:
	// 1 <nil>
}

// A handle names a session in lists and in the log, and is no token: no cookie can be made from it.
func ExampleHandle() {
	fmt.Println(session.Handle(session.Key{1, 2, 3}))
	// Output:
	// e12db994b00c2534
}

// A store's own list yields a few records that are no sessions; a Manager's All does not.
func ExampleIsSession() {
	store, err := memstore.New(memstore.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = store.Close() }()
	manager, ctx := quiet(session.Options{Store: store}), context.Background()
	_ = manager.RevokeAll(ctx) // noted in the store
	browse(manager)(func(s *session.Session) { s.Set("cart", 3) })
	for e, err := range store.List(ctx) {
		if err == nil && session.IsSession(&e.Record) {
			fmt.Println("a session of version", e.Record.Version)
		}
	}
	// Output:
	// a session of version 1
}

// A check of the store finds what cannot be read, such as what another key has encrypted.
func ExampleManager_Opens() {
	store, err := memstore.New(memstore.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = store.Close() }()
	ctx := context.Background()
	browse(quiet(session.Options{Store: store}))(func(s *session.Session) { s.Set("cart", 3) }) // in the clear
	encrypting := quiet(session.Options{Store: store, Encrypt: session.On})
	for e, err := range store.List(ctx) {
		fmt.Println(err == nil && encrypting.Opens(e) != nil)
	}
	// Output:
	// true
}
