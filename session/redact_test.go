package session_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session"
)

// forms are how 32 bytes could be written by mistake.
func forms(b [32]byte) map[string]string {
	list := fmt.Sprint(b)
	return map[string]string{
		"hex": hex.EncodeToString(b[:]), "HEX": strings.ToUpper(hex.EncodeToString(b[:])), "base64": base64.StdEncoding.EncodeToString(b[:]),
		"base64url": base64.RawURLEncoding.EncodeToString(b[:]), "text": string(b[:]), "list": strings.Trim(list, "[]"),
		"JSON list": strings.Trim(strings.ReplaceAll(list, " ", ","), "[]"), "Go": strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", b), "[32]uint8{"), "}"),
		"spaced": strings.Trim(fmt.Sprintf("% x", b), " "),
	}
}

// wantNone fails the test where text holds the bytes in some form.
func wantNone(t *testing.T, how, text string, b [32]byte) {
	t.Helper()
	for form, secret := range forms(b) {
		if strings.Contains(text, secret[:len(secret)/2]) {
			t.Errorf("%s prints the bytes as %s", how, form)
		}
	}
}

// verbs are all that package fmt asks a value about. %T, %p and %w it answers itself; go vet reports the latter two.
var verbs = []string{
	"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%b", "%o", "%O", "%c", "%U", "%e", "%g", "%t", "%100v", "%-5.2s", "%z",
}

func TestIDsAndKeysPrintAsRedacted(t *testing.T) {
	var b [32]byte
	for i := range b {
		b[i] = byte(37*i + 65)
	}
	id, key := session.ID(b), session.Key(b)
	for name, v := range map[string]any{"ID": id, "pointer to an ID": &id, "Key": key, "pointer to a Key": &key} {
		for _, verb := range verbs {
			if got := fmt.Sprintf(verb, v); got != "[redacted]" {
				t.Errorf("%s prints a %s as %q", verb, name, got)
			}
		}
		if got := fmt.Sprint(v) + fmt.Sprintln(v); got != "[redacted][redacted]\n" {
			t.Errorf("a %s prints as %q", name, got)
		}
		if got, err := json.Marshal(v); err != nil || string(got) != `"[redacted]"` {
			t.Errorf("JSON of a %s is %s, %v", name, got, err)
		}
	}
}

func TestIDsAndKeysInsideOtherThingsPrintAsRedacted(t *testing.T) {
	type holder struct {
		ID  session.ID
		Key session.Key
		Ptr *session.ID
		Any any
	}
	var b [32]byte
	for i := range b {
		b[i] = byte(37*i + 65)
	}
	id := session.ID(b)
	h := holder{id, session.Key(b), &id, id}
	for name, v := range map[string]any{
		"struct": h, "pointer": &h, "list": []session.ID{id}, "array": [2]session.ID{id, id}, "map": map[string]session.ID{"a": id},
		"map key": map[session.ID]int{id: 1}, "map of keys": map[session.Key]int{session.Key(b): 1}, "any": []any{id, &id},
	} {
		for _, verb := range verbs {
			wantNone(t, verb+" of a "+name, fmt.Sprintf(verb, v), b)
		}
		text, err := json.Marshal(v)
		if err != nil || !strings.Contains(string(text), "[redacted]") {
			t.Errorf("JSON of a %s is %s, %v", name, text, err)
		}
		wantNone(t, "JSON of a "+name, string(text), b)
		wantNone(t, "the log of a "+name, logged(v), b)
	}
}

// logged returns what the handlers of package slog make of v.
func logged(v any) string {
	var buf bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&buf, nil), slog.NewJSONHandler(&buf, nil)} {
		log := slog.New(h)
		log.Info("message", slog.Any("v", v), slog.Group("g", slog.Any("v", v)))
		log.With(slog.Any("v", v)).Info("message")
	}
	return buf.String()
}

func TestIDsAndKeysAreLoggedAsRedacted(t *testing.T) {
	id := session.ID{1, 2, 3}
	for _, v := range []any{id, &id, session.Key(id)} {
		if got := logged(v); strings.Count(got, "[redacted]") != 6 {
			t.Errorf("the log is %s, want only what is redacted", got)
		}
	}
}

// Who prints a session, its manager or its options while looking for a mistake prints no secret.
func TestSessionsManagersAndOptionsPrintNoSecret(t *testing.T) {
	const value = "what the visitor keeps to herself"
	v := &visitor{}
	o := session.Options{SecretKey: secret, OldSecretKeys: []string{"an old secret, also of thirty-two bytes"}, Store: newMemory(t), Logger: slog.New(slog.DiscardHandler)}
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	v.m = m
	v.use(func(s *session.Session) { s.Set("diary", value) })
	var kept *session.Session
	v.use(func(s *session.Session) { s.Renew(); kept = s })
	id := [32]byte(kept.ID())
	for name, thing := range map[string]any{"session": kept, "manager": m, "options": o, "pointer to options": &o} {
		t.Run(name, func(t *testing.T) {
			for _, text := range append(printed(thing), logged(thing)) {
				wantNone(t, "a "+name, text, id)
				for what, hidden := range map[string]string{"secret": secret, "old secret": o.OldSecretKeys[0], "token": v.token, "value": value} {
					b := []byte(hidden)
					for _, form := range []string{hidden, hex.EncodeToString(b), strings.Trim(fmt.Sprintf("%v", b), "[]")} {
						if strings.Contains(text, form) {
							t.Fatalf("a %s prints the %s", name, what)
						}
					}
				}
			}
		})
	}
}

// printed returns what v prints as with every verb and as JSON.
// Nor does who prints what a handler is given, by itself or in another thing.
func TestContextsAndWritersPrintNoSecret(t *testing.T) {
	type holder struct{ held any }
	const value = "what the visitor keeps to herself"
	bytes := strings.Trim(fmt.Sprintf("%v", []byte(value)), "[]")
	v := &visitor{m: newManager(t, newMemory(t))}
	v.use(func(s *session.Session) { s.Set("diary", value) })
	v.visit(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		id := [32]byte(s.ID())
		r.Header = nil // it has the cookie
		for name, thing := range map[string]any{
			"writer": w, "context": r.Context(), "request": r, "holder of a writer": holder{w}, "holder of a context": &holder{r.Context()},
		} {
			for _, verb := range verbs {
				text := fmt.Sprintf(verb, thing)
				wantNone(t, verb+" of a "+name, text, id)
				if strings.Contains(text, value) || strings.Contains(text, bytes) {
					t.Errorf("%s of a %s prints a value", verb, name)
				}
			}
		}
	})
}

func printed(v any) []string {
	all := make([]string, 0, len(verbs)+1)
	for _, verb := range verbs {
		all = append(all, fmt.Sprintf(verb, v))
	}
	if text, err := json.Marshal(v); err == nil {
		all = append(all, string(text))
	}
	return all
}
