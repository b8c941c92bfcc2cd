package session_test

import (
	"fmt"
	"log/slog"

	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/memstore"
)

// A package of a store registers its backend, so that importing it is enough.
func init() { //nolint:gochecknoinits // as in the package of a store
	session.Register("shelf", openShelf)
}

// openShelf reads the backend's options and opens it. An option that it does not know is an error that lists those that
// it knows.
func openShelf(o session.BackendOptions, _ *slog.Logger) (session.Store, error) {
	r := o.Read("shelf")
	boards := r.Int("boards", 4)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return memstore.New(memstore.Options{MaxSessions: 100 * boards})
}

func ExampleRegister() {
	_, err := session.New(session.Options{
		SecretKey:      "a secret of thirty-two bytes or more",
		Backend:        "shelf",
		BackendOptions: session.BackendOptions{"shelves": 3},
	})
	fmt.Println(err)
	// Output:
	// session: open the shelf backend: backend option "shelves" is unknown to the shelf backend: it knows boards
}
