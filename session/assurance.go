package session

import (
	"errors"
	"fmt"
	"time"
)

// limits are how long a session may last, and how long without being used, before its user must authenticate again.
type limits struct{ maxAge, idle time.Duration }

// assuranceLevels are NIST's (SP 800-63B-4, sections 2.1.3, 2.2.3 and 2.3.3). Level 1 has no limit of inactivity.
var assuranceLevels = [...]limits{
	{},
	{maxAge: 30 * 24 * time.Hour},
	{maxAge: 24 * time.Hour, idle: time.Hour},
	{maxAge: 12 * time.Hour, idle: 15 * time.Minute},
}

// assurance returns a level's limits, none where there is no such level.
func assurance(level int) limits {
	if level < 0 || level >= len(assuranceLevels) {
		return limits{}
	}
	return assuranceLevels[level]
}

func (o *Options) checkAssurance() error {
	if o.Assurance < 0 || o.Assurance >= len(assuranceLevels) {
		return fmt.Errorf("session: Assurance is %d: it is one of 0 (none), 1, 2, 3", o.Assurance)
	}
	if o.Assurance == 0 {
		return nil
	}
	var errs []error
	most := assuranceLevels[o.Assurance]
	if o.MaxAge > most.maxAge {
		errs = append(errs, fmt.Errorf("session: MaxAge is %s: Assurance %d allows %s (NIST SP 800-63B-4)", o.MaxAge, o.Assurance, most.maxAge))
	}
	if most.idle > 0 && o.IdleTimeout > most.idle {
		errs = append(errs, fmt.Errorf("session: IdleTimeout is %s: Assurance %d allows %s (NIST SP 800-63B-4)",
			o.IdleTimeout, o.Assurance, most.idle))
	}
	if o.Rolling {
		errs = append(errs, fmt.Errorf("session: Rolling is set: with Assurance %d MaxAge counts from the beginning, drop one of them", o.Assurance))
	}
	return errors.Join(errs...)
}
