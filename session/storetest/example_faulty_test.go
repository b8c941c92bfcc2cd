package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/proapi-go/proapi/session/store"
	"github.com/proapi-go/proapi/session/storetest"
)

// A save whose answer is lost: who tries it again is told of a conflict, with the record that it saved itself.
func ExampleFaulty() {
	ctx := context.Background()
	key := store.Key{1}
	rec := store.Record{Expires: time.Now().Add(time.Hour), Values: []byte("mine")}

	f := storetest.NewFaulty(newMapStore())
	f.FailNthAfter(storetest.Save, 1, errors.New("connection reset"))

	fmt.Println(f.Save(ctx, key, rec))
	fmt.Println(f.Save(ctx, key, rec))
	stored, err := f.Load(ctx, key)
	fmt.Printf("%s %v\n", stored.Values, err)
	fmt.Println(f.Calls(storetest.Save), "saves")
	// Output:
	// connection reset
	// store: session was changed or ended meanwhile
	// mine <nil>
	// 2 saves
}

// A logout that comes while a slow save of the same session is on its way.
func ExampleFaulty_Hold() {
	ctx := context.Background()
	key := store.Key{1}
	rec := store.Record{Expires: time.Now().Add(time.Hour)}

	f := storetest.NewFaulty(newMapStore())
	release := f.Hold(storetest.Save)
	saved := make(chan error)
	go func() { saved <- f.Save(ctx, key, rec) }()

	_ = f.Await(ctx, storetest.Save, 1) // the save has begun
	_ = f.Delete(ctx, key, time.Now().Add(time.Hour))
	release()
	fmt.Println(<-saved)
	// Output: store: session was changed or ended meanwhile
}

func ExampleFaulty_Fail() {
	ctx := context.Background()
	f := storetest.NewFaulty(newMapStore())

	f.Fail(storetest.Load|storetest.Save, errors.New("connection refused"))
	_, err := f.Load(ctx, store.Key{1})
	fmt.Println(err)

	f.Heal()
	_, err = f.Load(ctx, store.Key{1})
	fmt.Println(err)
	// Output:
	// connection refused
	// store: no such session
}

func ExampleRules() {
	for rule := range storetest.Rules() {
		if rule.Name == "save-keeps-nothing" {
			fmt.Println(rule.Sentence)
		}
	}
	// Output: Save keeps none of the caller's bytes.
}
