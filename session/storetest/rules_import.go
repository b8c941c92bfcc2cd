package storetest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/proapi-go/proapi/session/store"
)

// importRules are those of a store that takes what another one had.
var importRules = []Rule{
	{
		Name:     "import",
		Sentence: "Import stores rec as it is, with rec.Version, which is above 0, for its version.",
		check:    imports,
		claims:   isImporter,
	},
	{
		Name:     "import-of-present",
		Sentence: "It returns ErrConflict, and changes nothing, where there is a record under key",
		check:    importOfPresent,
		claims:   isImporter,
	},
	{
		Name:     "import-of-deleted",
		Sentence: "It returns ErrConflict, and changes nothing, … where key was deleted.",
		check:    importOfDeleted,
		claims:   isImporter,
	},
	{
		Name:     "import-over-expired",
		Sentence: "A record whose Expires has passed counts as not there, in every method, whether or not it is still stored.",
		check:    importOverExpired,
		claims:   isImporter,
	},
	{
		Name:     "import-keeps-nothing",
		Sentence: "Import keeps none of the caller's bytes.",
		check:    importKeepsNothing,
		claims:   isImporter,
	},
	{
		Name:     "import-context-ended",
		Sentence: "A method whose context has ended returns an error that wraps the context's.",
		check:    importContextEnded,
		claims:   isImporter,
	},
	{
		Name:     "import-errors-tell-nothing",
		Sentence: "Errors hold no key and no byte of a record's values.",
		check:    importErrorsTellNothing,
		claims:   isImporter,
	},
	{
		Name:     "one-import-wins",
		Sentence: "It returns ErrConflict, and changes nothing, where there is a record under key",
		check:    oneImportWins,
		claims:   isImporter,
	},
	{
		Name:     "delete-wins-over-import",
		Sentence: "It returns ErrConflict, and changes nothing, … where key was deleted.",
		check:    deleteWinsOverImport,
		claims:   isImporter,
	},
	{
		Name:     "import-is-listed",
		Sentence: "ListUser yields the records whose User is user",
		check:    importIsListed,
		claims:   func(s store.Store) bool { return isImporter(s) && isLister(s) },
	},
}

func isImporter(s store.Store) bool {
	_, ok := s.(store.Importer)
	return ok
}

func (p *probe) importer() store.Importer { return p.store.(store.Importer) }

// imports imports rec, which must be accepted.
func (p *probe) imports(ctx context.Context, key store.Key, rec store.Record) {
	if !p.ok() {
		return
	}
	if err := p.importer().Import(ctx, key, rec); err != nil {
		p.failf("Import of version %d returned %w, want nil", rec.Version, err)
	}
}

// importConflicts imports rec, which must be refused.
func (p *probe) importConflicts(ctx context.Context, key store.Key, rec store.Record) {
	if !p.ok() {
		return
	}
	if err := p.importer().Import(ctx, key, rec); !errors.Is(err, store.ErrConflict) {
		p.failf("Import of version %d returned %w, want ErrConflict", rec.Version, orNil(err))
	}
}

func imports(ctx context.Context, p *probe) {
	for _, scene := range slices.Sorted(maps.Keys(shapes)) {
		p.when("%s", scene)
		key, rec := newKey(), at(7, sample())
		shapes[scene](&rec)
		p.imports(ctx, key, rec)
		p.loads(ctx, key, rec)
	}
	for _, version := range []uint64{1, 2, 1000, 1 << 40} {
		p.when("a record imported with version %d", version)
		key, rec := newKey(), at(version, sample())
		p.imports(ctx, key, rec)
		p.loads(ctx, key, rec)
		p.conflicts(ctx, key, at(0, rec))
		p.conflicts(ctx, key, at(version+1, rec))
		p.loads(ctx, key, rec)

		p.when("saves on top of a record imported with version %d", version)
		next := changed(rec)
		p.saves(ctx, key, next)
		p.conflicts(ctx, key, rec)
		p.saves(ctx, key, at(version+1, next))
		p.loads(ctx, key, at(version+2, next))
	}
}

func importOfPresent(ctx context.Context, p *probe) {
	for scene, put := range map[string]func(key store.Key, rec store.Record){
		"saved":    func(key store.Key, rec store.Record) { p.saves(ctx, key, at(0, rec)); p.saves(ctx, key, at(1, rec)) },
		"imported": func(key store.Key, rec store.Record) { p.imports(ctx, key, rec) },
	} {
		key, rec := newKey(), at(2, sample())
		put(key, rec)
		for _, version := range []uint64{1, 2, 3, 100} {
			p.when("an import of version %d where a record of version 2 was %s", version, scene)
			p.importConflicts(ctx, key, changed(at(version, rec)))
			p.importConflicts(ctx, key, expired(at(version, rec)))
			p.loads(ctx, key, rec)
		}
		p.saves(ctx, key, rec)
		p.loads(ctx, key, at(3, rec))
	}
}

func importOfDeleted(ctx context.Context, p *probe) {
	stored, _ := p.stored(ctx, 2)
	imported := newKey()
	p.imports(ctx, imported, at(3, sample()))
	for scene, key := range map[string]store.Key{
		"a record that was deleted":                     stored,
		"an imported record that was deleted":           imported,
		"a key that was deleted before it was imported": newKey(),
	} {
		p.when("%s", scene)
		p.deletes(ctx, key, time.Now().Add(time.Hour))
		for _, version := range []uint64{1, 2, 3, 4, 100} {
			p.importConflicts(ctx, key, at(version, sample()))
		}
		p.importConflicts(ctx, key, expired(at(3, sample())))
		p.misses(ctx, key)
		p.conflicts(ctx, key, sample())
	}
}

func importOverExpired(ctx context.Context, p *probe) {
	p.when("an import where a record has expired")
	key, rec := p.stored(ctx, 3)
	p.saves(ctx, key, expired(rec))
	p.imports(ctx, key, at(2, rec))
	p.loads(ctx, key, at(2, rec))

	p.when("an import of a record that has expired")
	key = newKey()
	p.imports(ctx, key, expired(at(5, rec)))
	p.misses(ctx, key)
	p.conflicts(ctx, key, at(5, rec))

	p.when("an import where an imported record has expired")
	p.imports(ctx, key, at(2, rec))
	p.loads(ctx, key, at(2, rec))

	p.when("an imported record that expires in %v", soon)
	key = newKey()
	ending := at(5, sample())
	ending.Expires = time.Now().UTC().Truncate(time.Microsecond).Add(soon)
	p.imports(ctx, key, ending)
	p.stillLoads(ctx, key, ending.Expires)
	p.waitPast(ctx, ending.Expires)
	p.misses(ctx, key)
	p.conflicts(ctx, key, ending)
	p.imports(ctx, key, at(5, rec))
	p.loads(ctx, key, at(5, rec))
}

func importKeepsNothing(ctx context.Context, p *probe) {
	p.when("an import whose caller writes to the bytes afterwards")
	key, rec := newKey(), at(4, sample())
	mine := rec
	mine.Values = bytes.Clone(rec.Values)
	p.imports(ctx, key, mine)
	scribble(mine.Values)
	p.loads(ctx, key, rec)
}

func importIsListed(ctx context.Context, p *probe) {
	p.when("records that were imported, beside one that was saved and one that has expired")
	want := p.fills(ctx, 1, func(int, *store.Record) {})
	for version := range uint64(5) {
		key, rec := newKey(), at(version+1, sample())
		p.imports(ctx, key, rec)
		want[key] = rec
	}
	p.imports(ctx, newKey(), expired(at(1, sample())))
	other, rec := newKey(), at(9, of("bob", sample()))
	p.imports(ctx, other, rec)
	p.importConflicts(ctx, other, of("ada", rec))
	p.listsUser(ctx, "ada", want)
	p.listsUser(ctx, "bob", records{other: rec})
	want[other] = rec
	p.lists(ctx, want)
}
