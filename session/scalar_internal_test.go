package session

import (
	"bytes"
	"math"
	"testing"
	"time"
)

// dice are numbers that look random and are the same in every run (SplitMix64).
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// bytes returns up to n bytes.
func (d *dice) bytes(n int) []byte {
	b := make([]byte, d.below(n+1))
	for i := range b {
		b[i] = byte(d.next())
	}
	return b
}

// scalar returns a value that is written without the codec, from the whole range of its type.
func (d *dice) scalar() any {
	wide := d.next() >> d.below(64) // as many small ones as large ones
	switch d.below(8) {
	case 0:
		return nil
	case 1:
		return wide%2 == 0
	case 2:
		return int(wide)
	case 3:
		return ^int64(wide)
	case 4:
		return string(bytes.ToValidUTF8(d.bytes(70_000>>d.below(16)), []byte("ü")))
	case 5:
		return d.bytes(70_000 >> d.below(16))
	case 6:
		return math.Float64frombits(d.next())
	}
	zone := time.FixedZone("", (d.below(24*60)-12*60)*60)
	return time.Unix(int64(wide%250_000_000_000), int64(d.below(1e9))).In(zone)
}

func TestScalarsAreWrittenAsTheCodecWritesThem(t *testing.T) {
	d := dice(1)
	for range 5_000 {
		wantCodecsBytes(t, d.scalar())
	}
}

func TestScalarsAtTheEdgesAreWrittenAsTheCodecWritesThem(t *testing.T) {
	for _, v := range []any{
		"", []byte(nil), make([]byte, 0), 0, -1, 23, 24, -24, -25, 255, 256, -256, -257, 65535, 65536, math.MaxUint32, math.MaxUint32 + 1, math.MaxInt, math.MinInt,
		int64(math.MaxInt64), int64(math.MinInt64), 0.0, math.Copysign(0, -1), math.MaxFloat64,
		math.Inf(1), math.Inf(-1), math.NaN(), 1.5, float64(1 << 53),
		time.Unix(0, 0).UTC(), time.Unix(1, 1).UTC(), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 1, time.UTC),
	} {
		wantCodecsBytes(t, v)
	}
}

// wantCodecsBytes checks that v, where it is written without the codec, has the codec's bytes, and is read as from them.
func wantCodecsBytes(t *testing.T, v any) {
	t.Helper()
	b, ok := appendScalar(nil, v)
	if !ok {
		if f, isFloat := v.(float64); !isFloat || f-f == 0 {
			t.Errorf("%T %v is not written", v, v)
		}
		return
	}
	want, err := encMode.Marshal(v)
	if err != nil || !bytes.Equal(b, want) {
		t.Errorf("%T %v is written as %x, and by the codec as %x, %v", v, v, b, want, err)
	}
	if len(b) > scalarRoom(v) {
		t.Errorf("%T has %d bytes, and room for %d", v, len(b), scalarRoom(v))
	}
	got, rest, ok := readScalar(append(b, 1, 2, 3))
	if !ok || !bytes.Equal(rest, []byte{1, 2, 3}) {
		t.Errorf("%T %v is not read", v, v)
	}
	var codecs any
	if err := decodeGeneral(want, &codecs); err != nil || !same(got, codecs) {
		t.Errorf("%T is read as %#v, and by the codec as %#v, %v", v, got, codecs, err)
	}
	for n := range b {
		if v, rest, ok := readScalar(b[:n]); ok && len(rest) == 0 {
			t.Errorf("the first %d bytes of %T %v are read as %v", n, v, v, v)
		}
		if n > 100 {
			break
		}
	}
}

func TestWhatIsNotSimpleIsLeftToTheCodec(t *testing.T) {
	for _, v := range []any{"\xff", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), math.NaN(), []any{}, struct{}{}, int8(1)} {
		if b, ok := appendScalar(nil, v); ok {
			t.Errorf("%T %v is written as %x", v, v, b)
		}
	}
	for _, b := range [][]byte{{0x61, 0xff}, {0x80}, {0xa0}, {0xf7}, {0xf9, 0x7e, 0}, {0xc1, 1}, {0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0}} {
		if v, _, ok := readScalar(b); ok {
			t.Errorf("%x is read as %v", b, v)
		}
	}
}
