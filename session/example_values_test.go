package session_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proapi-go/proapi/session"
)

func ExampleSession_Get() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("theme", "dark") })
	visit(func(s *session.Session) { fmt.Println(s.Get("theme"), s.Get("font"), s.Get("size", 12)) })
	// Output:
	// dark <nil> 12
}

func ExampleSession_Lookup() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("answer", nil) })
	visit(func(s *session.Session) {
		answer, asked := s.Lookup("answer")
		fmt.Println(answer, asked)
		_, asked = s.Lookup("question")
		fmt.Println(asked)
	})
	// Output:
	// <nil> true
	// false
}

func ExampleSession_Set() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) {
		list := []string{"tea", "milk"}
		s.Set("list", list)
		list[0] = "coffee" // the value was encoded when it was set
	})
	visit(func(s *session.Session) { fmt.Println(s.Get("list")) })
	// Output:
	// [tea milk]
}

// What cannot be stored fails the request: the answer is a 500, and the session keeps what it had.
func ExampleSession_Set_unstorable() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("n", 1) })
	status := visit(func(s *session.Session) {
		s.Set("n", make(chan int))
		fmt.Println(s.Err())
	})
	fmt.Println(status)
	visit(func(s *session.Session) { fmt.Println(s.Get("n")) })
	// Output:
	// session: the value of "n" cannot be stored: cbor: unsupported type: chan int
	// 500
	// 1
}

func ExampleSession_Update() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Update(map[string]any{"lang": "en", "theme": "dark"}) })
	visit(func(s *session.Session) { s.Update(map[string]any{"lang": "de"}) })
	visit(func(s *session.Session) { fmt.Println(s.Get("lang"), s.Get("theme")) })
	// Output:
	// de dark
}

func ExampleSession_Has() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("cart", []string{}) })
	visit(func(s *session.Session) { fmt.Println(s.Has("cart"), s.Has("coupon")) })
	// Output:
	// true false
}

func ExampleSession_Delete() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Update(map[string]any{"cart": 3, "lang": "en"}) })
	visit(func(s *session.Session) { s.Delete("cart") })
	visit(func(s *session.Session) { fmt.Println(s.Keys()) })
	// Output:
	// [lang]
}

// Where somebody wanted to go, before he was asked to log in.
func ExampleSession_Pop() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("next", "/checkout") })
	visit(func(s *session.Session) { fmt.Println(s.Pop("next", "/")) })
	visit(func(s *session.Session) { fmt.Println(s.Pop("next", "/")) })
	// Output:
	// /checkout
	// /
}

// Clear also ends the session under its ID: who has the old cookie has nothing.
func ExampleSession_Clear() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Update(map[string]any{"user_id": 1, "cart": 3}) })
	visit(func(s *session.Session) {
		s.Clear()
		s.Set("message", "Goodbye.") // begins a new session
	})
	visit(func(s *session.Session) { fmt.Println(s.Keys()) })
	// Output:
	// [message]
}

func ExampleSession_Keys() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) {
		s.Update(map[string]any{"b": 2, "a": 1})
		fmt.Println(s.Keys(), s.Len())
	})
	// Output:
	// [a b] 2
}

func ExampleSession_Len() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) {
		fmt.Println(s.Len())
		s.Set("a", 1)
		fmt.Println(s.Len())
	})
	// Output:
	// 0
	// 1
}

func ExampleSession_All() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Update(map[string]any{"lang": "en", "admin": false, "visits": 3}) })
	visit(func(s *session.Session) {
		for key, value := range s.All() {
			fmt.Printf("%s is %v (%T)\n", key, value, value)
		}
	})
	// Output:
	// admin is false (bool)
	// lang is en (string)
	// visits is 3 (int)
}

// A struct goes in and comes back as itself.
func ExampleValue() {
	type Cart struct {
		Items []string
		Total int // cents
	}
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("cart", Cart{Items: []string{"tea"}, Total: 450}) })
	visit(func(s *session.Session) {
		cart, err := session.Value[Cart](s, "cart")
		fmt.Println(cart.Items, cart.Total, err)
	})
	// Output:
	// [tea] 450 <nil>
}

// What decides before a side effect has to be told apart: not set, not what it should be, or not known.
func ExampleValue_errors() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("age", "forty") })
	visit(func(s *session.Session) {
		_, err := session.Value[bool](s, "banned")
		var absent *session.KeyError
		fmt.Println(errors.As(err, &absent), err)

		_, err = session.Value[int](s, "age")
		var other *session.TypeError
		fmt.Println(errors.As(err, &other), err)
	})
	// Output:
	// true session: key "banned" is not set
	// true session: the value of "age" is not a int
}

// No increment is lost: the function is run again where another request was faster.
func ExampleModify() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) { s.Set("visits", 1) })
	visit(func(s *session.Session) {
		_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
		visit(func(s *session.Session) { // at the same time, and faster
			_ = session.Modify(s, "visits", func(n int) int { return n + 1 })
		})
	})
	visit(func(s *session.Session) { fmt.Println(s.Get("visits")) })
	// Output:
	// 3
}

func ExampleModify_list() {
	visit := browse(quiet(session.Options{}))
	for _, item := range []string{"tea", "milk"} {
		visit(func(s *session.Session) {
			_ = session.Modify(s, "cart", func(cart []string) []string { return append(cart, item) })
		})
	}
	visit(func(s *session.Session) { fmt.Println(s.Get("cart")) })
	// Output:
	// [tea milk]
}

func ExampleSizeError() {
	visit := browse(quiet(session.Options{MaxSize: 1000}))
	visit(func(s *session.Session) {
		s.Set("essay", strings.Repeat("x", 2000))
		if size, ok := errors.AsType[*session.SizeError](s.Err()); ok {
			fmt.Println(size.Key, size.Size > size.Max)
		}
	})
	// Output:
	// essay true
}

// A message that the next page shows, once.
func ExampleSession_AddFlash() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) {
		s.AddFlash("Saved.")
		s.AddFlash("We have sent you a mail.")
	})
	visit(func(s *session.Session) { fmt.Printf("%q\n", s.Flashes()) })
	visit(func(s *session.Session) { fmt.Printf("%q\n", s.Flashes()) })
	// Output:
	// ["Saved." "We have sent you a mail."]
	// []
}

// In a template: {{range .Flashes}}<p>{{.}}</p>{{end}}
func ExampleSession_Flashes() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) {
		s.AddFlash(map[string]string{"level": "warning", "text": "Your trial ends today."})
	})
	visit(func(s *session.Session) {
		for _, message := range s.Flashes() {
			fmt.Println(message)
		}
	})
	// Output:
	// map[level:warning text:Your trial ends today.]
}

// For middleware that caches answers: this one does not depend on who asks.
func ExampleUsed() {
	visit := browse(quiet(session.Options{}))
	visit(func(s *session.Session) {
		fmt.Println(session.Used(s))
		s.Get("theme")
		fmt.Println(session.Used(s))
	})
	// Output:
	// false
	// true
}

// A Switch is read from a flag or an environment variable by its name.
func ExampleSwitch_UnmarshalText() {
	var secure session.Switch
	fmt.Println(secure.UnmarshalText([]byte("on")), secure)
	fmt.Println(secure.UnmarshalText([]byte("perhaps")))
	// Output:
	// <nil> on
	// "perhaps" is not one of auto, on, off, true, false
}
