package session

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/proapi-go/proapi/session/migration"
)

// Migrating returns a store over two that moves sessions from one to the other while the application runs: nobody is
// logged out, no update is lost, and a destroyed session is destroyed in both. The phases are migration.Prepare and
// migration.Switch, each a rolling deployment; see package migration, and docs/migrating.md for the steps. to must be an
// [Importer].
//
// The same by options is the backend "migrating": "from" and "to" are the URLs of the stores (see [OpenURL]), and "phase"
// is "prepare" or "switch".
func Migrating(from, to Store, phase migration.Phase) (Store, error) {
	s, err := migration.New(from, to, phase)
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return s, nil
}

// openMigrating opens the backend "migrating", with the two stores that its options name.
func openMigrating(o BackendOptions, logger *slog.Logger) (Store, error) {
	r := o.Read("migrating")
	phase := migration.Phase(r.OneOf("phase", "", string(migration.Prepare), string(migration.Switch)))
	from, to := r.String("from", ""), r.String("to", "")
	err := r.Err()
	switch {
	case err != nil:
	case phase == "":
		err = errors.New(`backend option "phase" is missing: it takes prepare or switch`)
	case from == "" || to == "":
		err = errors.New(`backend options "from" and "to" take the URLs of two stores, such as file:./sessions and redis://localhost/0`)
	case from == to:
		err = errors.New(`backend options "from" and "to" are the same: there is nothing to move`)
	}
	if err != nil {
		return nil, err
	}
	return openBoth(from, to, phase, logger)
}

func openBoth(fromURL, toURL string, phase migration.Phase, logger *slog.Logger) (Store, error) {
	from, err := OpenURL(fromURL, logger)
	if err != nil {
		return nil, fmt.Errorf(`backend option "from": %w`, err)
	}
	to, err := OpenURL(toURL, logger)
	if err != nil {
		return nil, errors.Join(fmt.Errorf(`backend option "to": %w`, err), closeStore(from))
	}
	s, err := migration.New(from, to, phase)
	if err != nil {
		return nil, errors.Join(err, closeStore(from), closeStore(to))
	}
	return s, nil
}
