package storetest

import (
	"context"
	"time"
)

func importContextEnded(ctx context.Context, p *probe) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()

	key, rec := p.stored(ctx, 1)
	for scene, ended := range map[string]context.Context{"a cancelled context": cancelled, "a context past its deadline": late} {
		p.when("%s", scene)
		p.wantContext(ended, "Import", p.importer().Import(ended, newKey(), rec))
		p.wantContext(ended, "Import where there is a record", p.importer().Import(ended, key, rec))
	}
}

func importErrorsTellNothing(ctx context.Context, p *probe) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	key, rec := p.stored(ctx, 2)
	rec.Values = []byte("rather-secret-values-of-a-session")
	p.tellsNothing("Import with a cancelled context", p.importer().Import(cancelled, key, rec), key, rec)
	p.tellsNothing("Import that conflicts", p.importer().Import(ctx, key, rec), key, rec)
	p.deletes(ctx, key, rec.Expires)
	p.tellsNothing("Import of a deleted record", p.importer().Import(ctx, key, rec), key, rec)
}
