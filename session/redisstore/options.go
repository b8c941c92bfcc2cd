package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// What the zero value of each option stands for.
const (
	DefaultPrefix  = "proapi:"
	DefaultTimeout = 2 * time.Second
)

// Options configure a Store. The zero value of each field is its default.
type Options struct {
	// Prefix begins the names of all keys and channels: letters, digits and . _ : / -, 64 of them at most. All processes
	// that share sessions write it alike. Default DefaultPrefix.
	Prefix string

	// Timeout bounds each Load, Save, Delete and Import, and each batch of a list, whatever the client waits for; a
	// context that ends earlier holds too. Default DefaultTimeout.
	Timeout time.Duration

	// WaitReplicas is how many replicas must have a Save, Delete or Import before it is acknowledged, by the command
	// WAIT. The package's documentation says what that gives and costs. Default 0.
	WaitReplicas int

	// WaitTimeout is how long they have time; it is shorter than Timeout. Default half of Timeout.
	WaitTimeout time.Duration
}

// minTimeout is time enough for one answer of a server that is not far away.
const minTimeout = 10 * time.Millisecond

// prefixes have no letter that means something in a pattern or chooses a slot.
var prefixes = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,64}$`)

// withDefaults returns the options with each default in its place, and every mistake in them.
func (o Options) withDefaults() (Options, error) {
	o.Prefix = cmp.Or(o.Prefix, DefaultPrefix)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.WaitTimeout = cmp.Or(o.WaitTimeout, o.Timeout/2)
	var errs []error
	if !prefixes.MatchString(o.Prefix) {
		errs = append(errs, fmt.Errorf("redisstore: Prefix is %q: it takes letters, digits and . _ : / -, 64 of them at most, such as shop:web", o.Prefix))
	}
	if o.Timeout < minTimeout {
		errs = append(errs, fmt.Errorf("redisstore: Timeout is %v: it takes a duration of at least %v, or 0 for %v", o.Timeout, minTimeout, DefaultTimeout))
	}
	if o.WaitReplicas < 0 {
		errs = append(errs, fmt.Errorf("redisstore: WaitReplicas is %d: it takes a number from 0 up", o.WaitReplicas))
	}
	if o.Timeout >= minTimeout && (o.WaitTimeout < time.Millisecond || o.WaitTimeout >= o.Timeout) {
		errs = append(errs, fmt.Errorf("redisstore: WaitTimeout is %v: it takes at least %v and less than Timeout, which is %v", o.WaitTimeout, time.Millisecond, o.Timeout))
	}
	return o, errors.Join(errs...)
}
