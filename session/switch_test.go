package session_test

import (
	"testing"

	"github.com/proapi-go/proapi/session"
)

func TestSwitchIsReadAsItIsWritten(t *testing.T) {
	for _, s := range []session.Switch{session.Auto, session.On, session.Off} {
		var got session.Switch = 9
		if err := got.UnmarshalText([]byte(s.String())); err != nil || got != s {
			t.Errorf("%s is read as %s, %v", s, got, err)
		}
	}
	for text, want := range map[string]session.Switch{
		"ON": session.On, "true": session.On, "True": session.On, "1": session.On, "t": session.On,
		"Off": session.Off, "FALSE": session.Off, "0": session.Off, "AUTO": session.Auto,
	} {
		var got session.Switch = 9
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is read as %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yes", "2", " on", "on\n", "Switch(9)"} {
		got := session.On
		if err := got.UnmarshalText([]byte(text)); err == nil || got != session.On {
			t.Errorf("%q is read as %s", text, got)
		}
	}
	if got := session.Switch(9).String(); got != "Switch(9)" {
		t.Errorf("an impossible one is %s", got)
	}
}
