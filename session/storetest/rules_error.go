package storetest

import (
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

func contextEnded(ctx context.Context, p *probe) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()

	key, rec := p.stored(ctx, 1)
	for scene, ended := range map[string]context.Context{"a cancelled context": cancelled, "a context past its deadline": late} {
		p.when("%s", scene)
		_, err := p.store.Load(ended, key)
		p.wantContext(ended, "Load of a record", err)
		_, err = p.store.Load(ended, newKey())
		p.wantContext(ended, "Load of a key never saved", err)
		p.wantContext(ended, "Save of a new record", p.store.Save(ended, newKey(), sample()))
		p.wantContext(ended, "Save of a loaded record", p.store.Save(ended, key, rec))
		p.wantContext(ended, "Save of a record of another version", p.store.Save(ended, key, at(7, rec)))
		p.wantContext(ended, "Delete", p.store.Delete(ended, newKey(), rec.Expires))
	}
}

// wantContext looks at the error of a call with an ended context: neither a success nor an answer about the record.
func (p *probe) wantContext(ended context.Context, call string, err error) {
	want := ended.Err()
	switch {
	case !errors.Is(err, want):
		p.failf("%s returned %w, want an error that wraps %q", call, orNil(err), want)
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict):
		p.failf("%s returned %w, which is an answer as well", call, err)
	}
}

func errorsTellNothing(ctx context.Context, p *probe) {
	key, rec := p.stored(ctx, 2)
	rec.Values = []byte("rather-secret-values-of-a-session")
	cancelled, cancel := context.WithCancel(ctx)
	cancel()

	_, err := p.store.Load(cancelled, key)
	p.tellsNothing("Load with a cancelled context", err, key, rec)
	p.tellsNothing("Save with a cancelled context", p.store.Save(cancelled, key, rec), key, rec)
	p.tellsNothing("Delete with a cancelled context", p.store.Delete(cancelled, key, rec.Expires), key, rec)
	p.tellsNothing("Save that conflicts", p.store.Save(ctx, key, at(1, rec)), key, rec)

	p.deletes(ctx, key, rec.Expires)
	_, err = p.store.Load(ctx, key)
	p.tellsNothing("Load of a deleted record", err, key, rec)
	p.tellsNothing("Save of a deleted record", p.store.Save(ctx, key, rec), key, rec)

	fresh := newKey()
	_, err = p.store.Load(ctx, fresh)
	p.tellsNothing("Load of a key never saved", err, fresh, rec)
	p.tellsNothing("Save of a key never saved", p.store.Save(ctx, fresh, rec), fresh, rec)
}

// tellsNothing looks for the key and the record's values in the error's text, printed in each way. What it finds is not
// repeated.
func (p *probe) tellsNothing(call string, err error, key store.Key, rec store.Record) {
	if err == nil {
		return // whether it may succeed is another rule's question
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		if spells(text, key[:]) {
			p.failf("the error of %s holds the key", call)
		}
		if spells(text, rec.Values) {
			p.failf("the error of %s holds the record's values", call)
		}
	}
}

// spells reports whether text holds secret, or a good part of it (a file's name without its folder), in one of the forms
// in which bytes are written.
func spells(text string, secret []byte) bool {
	lower := strings.ToLower(text)
	return holdsPart(text, string(secret)) ||
		holdsPart(text, base64.StdEncoding.EncodeToString(secret)) ||
		holdsPart(text, base64.URLEncoding.EncodeToString(secret)) ||
		holdsPart(lower, hex.EncodeToString(secret)) ||
		holdsPart(lower, strings.ToLower(base32.StdEncoding.EncodeToString(secret))) ||
		holdsPart(lower, strings.ToLower(base32.HexEncoding.EncodeToString(secret))) ||
		holdsPart(text, strings.Trim(fmt.Sprintf("%d", secret), "[]")) ||
		holdsPart(lower, strings.TrimPrefix(fmt.Sprintf("%#v", secret), "[]byte{"))
}

// holdsPart reports whether text holds twelve letters of secret in a row. By chance it does not: they are 48 bits of a
// key, and of its decimal form some 30.
func holdsPart(text, secret string) bool {
	const part = 12
	for i := 0; i+part <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+part]) {
			return true
		}
	}
	return false
}
