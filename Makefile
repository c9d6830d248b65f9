# Everything is done by scripts of its own, so that CI and people run the same.
.DEFAULT_GOAL := help
SHELL := /bin/bash

.PHONY: help demo picture test check lint bench bench-check fuzz tidy conformance soak support consumer-check

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## a cluster in one process, a tour, and a page (ARGS=-once: the tour alone; REAL=1: real servers)
	@$(if $(filter 1,$(REAL)),cd conformance && go run ./cmd/realdemo,cd examples && go run ./demo) $(ARGS)

picture: ## docs/demo.webp: the demo's page as the README shows it
	@scripts/picture.sh

test: ## all tests, real servers and clients included; installs what is missing
	@scripts/test.sh

check: ## the quick tests, which need nothing but Go
	@scripts/check.sh

lint: ## golangci-lint over all modules
	@scripts/lint.sh

bench: ## this emitter beside the Rust one and the limits, into bench/RESULTS.md (QUICK=1: two minutes, no file)
	@QUICK=$(QUICK) PART=$(PART) scripts/bench.sh

bench-check: ## the same; fails when a ratio is more than a tenth below its aim (QUICK=1, PART=encoding)
	@CHECK=1 QUICK=$(QUICK) PART=$(PART) scripts/bench.sh

fuzz: ## each fuzz test for FUZZTIME (default 30s)
	@scripts/fuzz.sh

conformance: ## only the runs against real servers and clients (ARGS="-run …" for a part)
	@scripts/conformance.sh $(ARGS)

soak: ## the relay under faults, from every source (FOR=30m OPS=100000, SEED=…, SOURCE=Kafka)
	@FOR=$(FOR) OPS=$(OPS) SEED=$(SEED) SOURCE='$(SOURCE)' scripts/soak.sh

support: ## put the table of the last conformance run into the README
	@scripts/support.sh

tidy: ## go mod tidy in every module
	@scripts/tidy.sh

consumer-check: ## install each module from a tagged clone, as a user would
	@scripts/consumer-check.sh
