package session

import (
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// Values are stored as CBOR (RFC 8949), each on its own. A closed set of types comes back from Get; anything else that
// CBOR can express goes in, and comes back as what Value is asked for. Nothing in a stored value names a Go type, so
// stored bytes cannot choose what code runs.

const (
	maxDepth    = 32     // nesting of one value
	maxElements = 10_000 // elements of one array or map when it is read, and of one value in all when it is set
)

var (
	encMode = newEncMode()
	decMode = newDecMode()
)

// newEncMode writes deterministic bytes, so that an equal value is an unchanged one.
func newEncMode() cbor.EncMode {
	mode, err := cbor.EncOptions{
		Sort:          cbor.SortBytewiseLexical,
		Time:          cbor.TimeRFC3339Nano,
		TimeTag:       cbor.EncTagRequired,
		NilContainers: cbor.NilContainerAsEmpty, // a nil map comes back as a map
		IndefLength:   cbor.IndefLengthForbidden,
		BigIntConvert: cbor.BigIntConvertShortest,
		InfConvert:    cbor.InfConvertNone,
		NaNConvert:    cbor.NaNConvertNone,
	}.EncMode()
	if err != nil {
		panic(err) // the options above are constants
	}
	return mode
}

func newDecMode() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		MaxNestedLevels:  maxDepth + 2, // a struct's marshaller may add levels of its own
		MaxArrayElements: maxElements,
		MaxMapPairs:      maxElements,
		DefaultMapType:   reflect.TypeFor[map[string]any](),
		IntDec:           cbor.IntDecConvertNone,
		TimeTag:          cbor.DecTagRequired, // a number is no time
	}.DecMode()
	if err != nil {
		panic(err) // the options above are constants
	}
	return mode
}

// encodeValue returns v's bytes, in the room where they fit there. It shares nothing with v.
func encodeValue(v any, room []byte) ([]byte, error) {
	if n := scalarRoom(v); n > scalarHead || cap(room) == 0 {
		room = make([]byte, 0, n)
	}
	if b, ok := appendScalar(room[:0], v); ok {
		return b, nil
	}
	limits := shape{elements: maxElements}
	if err := limits.check(reflect.ValueOf(v), maxDepth); err != nil {
		return nil, err
	}
	return encMode.Marshal(v)
}
