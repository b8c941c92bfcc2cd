package session

import (
	"net/http"
	"reflect"
	"testing"
)

// TestVisitFitsIntoOnePiece fails as well where a new Go has a larger http.Request: then the handler's request is better
// kept apart.
func TestVisitFitsIntoOnePiece(t *testing.T) {
	if size := reflect.TypeFor[visit]().Size(); size > 512 {
		t.Errorf("a visit has %d bytes, of which http.Request has %d: more than 512 are allocated in another, slower way",
			size, reflect.TypeFor[http.Request]().Size())
	}
}
