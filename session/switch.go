package session

import (
	"fmt"
	"strconv"
	"strings"
)

// A Switch is an option whose default is not "off": its zero value, Auto, is what the option's documentation says.
type Switch uint8

// The positions of a Switch.
const (
	Auto Switch = iota
	On
	Off
)

// String returns "auto", "on" or "off".
func (s Switch) String() string {
	switch s {
	case Auto:
		return "auto"
	case On:
		return "on"
	case Off:
		return "off"
	}
	return "Switch(" + strconv.Itoa(int(s)) + ")"
}

// UnmarshalText reads "auto", "on" or "off" in any case, and what strconv.ParseBool reads.
func (s *Switch) UnmarshalText(text []byte) error {
	switch t := strings.ToLower(string(text)); t {
	case "auto":
		*s = Auto
	case "on":
		*s = On
	case "off":
		*s = Off
	default:
		b, err := strconv.ParseBool(t)
		if err != nil {
			return fmt.Errorf("%q is not one of auto, on, off, true, false", text)
		}
		*s = Off
		if b {
			*s = On
		}
	}
	return nil
}

// is resolves the switch: auto is what Auto stands for.
func (s Switch) is(auto bool) bool { return s == On || s == Auto && auto }
