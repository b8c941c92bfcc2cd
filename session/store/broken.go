package store

// A BrokenError is an ErrNotFound of a session of which something is there that cannot be used: it was damaged, or somebody
// else wrote it. The engine tells of it, and its visitor is new; the store leaves it where it is, or sets it aside. A list
// passes by it.
type BrokenError struct {
	Reason string // in a few fixed words
}

// Error says the reason.
func (e *BrokenError) Error() string { return "store: record not used: " + e.Reason }

// Is makes a BrokenError an ErrNotFound for errors.Is.
func (e *BrokenError) Is(target error) bool { return target == ErrNotFound }
