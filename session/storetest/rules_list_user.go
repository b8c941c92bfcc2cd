package storetest

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// users are names of which each is a prefix, a pattern, a path or another spelling of another one, or that a store has
// to write down in a way of its own.
var users = []string{
	"ada", "ad", "adam", "ADA", "Ada", "ada ", " ada", "ada\x00", "ada\n", "ada/", "../ada", "ada:1", "ada:", "ada\\",
	"a%", "a_a", "*", "ad?", "[a]da", "{ada}", "ada'", "ada\"", "$1", "%61da", "YWRh", "616461",
	"Zoë", "Zoe\u0308", "七", "😀", "\xff", "\xff\xfe", "\x80ada", "\x00", ".", "..", "-", "0", "00",
	strings.Repeat("u", 299), strings.Repeat("u", 300), strings.Repeat("u", 299) + "v",
}

func listOfUser(ctx context.Context, p *probe) {
	p.when("a store that holds nothing")
	p.listsUser(ctx, "ada", nil)

	p.when("%d users whose names are like each other's, with up to three records each, and nobody's records", len(users))
	want := map[string]records{"": {}}
	for i, user := range users {
		want[user] = records{}
		for n := range i%3 + 1 {
			rec := of(user, sample())
			rec.Values = strconv.AppendInt(nil, int64(n), 10)
			want[user][p.adds(ctx, rec)] = at(1, rec)
		}
		want[""][p.adds(ctx, of("", sample()))] = at(1, of("", sample()))
	}
	for _, user := range users {
		p.listsUser(ctx, user, want[user])
	}

	p.when("users who have no record")
	for _, user := range []string{"a", "adaa", "da", "nobody", "<nil>", strings.Repeat("u", 301)} {
		p.listsUser(ctx, user, nil)
	}
	p.when("the user \"\", with %d records of nobody in the store", len(want[""]))
	p.listsUser(ctx, "", nil)
}

func listOfUserThatChanges(ctx context.Context, p *probe) {
	rec := of("ada", sample())
	key, nobodys := p.adds(ctx, rec), p.adds(ctx, of("", sample()))
	adas := records{key: at(1, rec)}

	p.when("an update by the same user")
	p.saves(ctx, key, at(1, rec))
	adas[key] = at(2, rec)
	p.listsUser(ctx, "ada", adas)

	p.when("a save that was refused, by another user")
	p.conflicts(ctx, key, at(1, of("bob", rec)))
	p.conflicts(ctx, key, at(0, of("bob", rec)))
	p.listsUser(ctx, "ada", adas)
	p.listsUser(ctx, "bob", nil)

	p.when("nobody's record that becomes a user's")
	p.saves(ctx, nobodys, at(1, rec))
	adas[nobodys] = at(2, rec)
	p.listsUser(ctx, "ada", adas)

	p.when("a user's record that becomes another's")
	p.saves(ctx, key, at(2, of("bob", rec)))
	delete(adas, key)
	p.listsUser(ctx, "ada", adas)
	p.listsUser(ctx, "bob", records{key: at(3, of("bob", rec))})

	p.when("a user's record that becomes nobody's")
	p.saves(ctx, key, at(3, of("", rec)))
	p.listsUser(ctx, "ada", adas)
	p.listsUser(ctx, "bob", nil)

	p.when("a user's record that was deleted")
	p.deletes(ctx, nobodys, time.Now().Add(-time.Hour))
	p.listsUser(ctx, "ada", nil)

	p.when("another user's record in the place of one that was deleted")
	p.saves(ctx, nobodys, of("bob", rec))
	p.listsUser(ctx, "ada", nil)
	p.listsUser(ctx, "bob", records{nobodys: at(1, of("bob", rec))})

	p.listOfUserWhoIsSucceeded(ctx, rec)
}

// listOfUserWhoIsSucceeded looks at a record that takes the place of an expired one.
func (p *probe) listOfUserWhoIsSucceeded(ctx context.Context, rec store.Record) {
	p.when("a user's record that was saved as expired")
	key := p.adds(ctx, of("eve", rec))
	p.saves(ctx, key, expired(at(1, of("eve", rec))))
	p.listsUser(ctx, "eve", nil)

	p.when("another user's record in the place of one that has expired")
	p.saves(ctx, key, of("zoe", rec))
	p.listsUser(ctx, "eve", nil)
	p.listsUser(ctx, "zoe", records{key: at(1, of("zoe", rec))})
}
