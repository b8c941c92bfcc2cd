# What each target needs, it gets by itself; all it takes is Go and a module proxy.

GO      ?= go
TOOL    := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
MODULES := $(patsubst %/go.mod,%,$(wildcard examples/*/go.mod bench/go.mod))
FUZZ    ?= 10s

.PHONY: test lint cover cross bench fuzz torture

test: ## every test of every module, with the race detector; what was skipped, and how to get it, at the end
	@GO="$(GO)" ./.ci/test . $(MODULES)

lint: ## gofumpt, imports, go vet, staticcheck and the rest of .golangci.yml, in every module
	@set -e; for m in . $(MODULES); do echo "== $$m"; (cd $$m; \
		$(TOOL) golangci-lint run -c $(CURDIR)/.golangci.yml ./...; $(TOOL) staticcheck ./...); done

cover: ## coverage of the engine and its stores, and that it is 90 % or more
	@./.ci/cover 90 ./session ./session/store ./session/memstore ./session/filestore ./session/storetest ./session/sessiontest ./session/crossorigin \
		./session/devicebound ./session/scsstore ./session/sessionprom ./session/sessionotel .

cross: ## builds and vets for the systems that CI does not run
	@set -e; for os in linux darwin windows; do echo "== $$os"; GOOS=$$os CGO_ENABLED=0 $(GO) vet ./...; done

bench: ## us beside other libraries and the floors, as one table and a plot; see docs/performance.md
	mkdir -p build
	cd bench && $(GO) run ./cmd/table -count $${COUNT:-8} -benchtime $${TIME:-0.2s} -out ../build/bench.txt -svg ../build/bench.svg

fuzz: ## every fuzz target, FUZZ each
	@./.ci/fuzz $(FUZZ)

torture: ## faults, crashes and load, TORTURE (a duration) for each part; TORTURE_SEED repeats a run's choices; see docs/reliability.md
	TORTURE=$${TORTURE:-30s} $(GO) test -count=1 -v -timeout 4h ./internal/torture
	TORTURE=$${TORTURE:-30s} $(GO) test -race -count=1 -v -timeout 4h -skip 'PowerCuts|SystemCall|Disk|Flood' ./internal/torture
