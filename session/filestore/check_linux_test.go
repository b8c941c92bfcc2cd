package filestore_test

import "testing"

func TestIndexThatWasCheckedSinceTheSystemStartedIsTrusted(t *testing.T) {
	directory := withoutIndex(t, "as it was")
	s := open(t, unswept(directory))
	wantListed(t, s, "ada") // nobody read the records
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantListed(t, s, "ada", "x")
}
