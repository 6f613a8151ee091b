# The desk of citylayers: `make` tells what there is.

.DEFAULT_GOAL := help
.NOTPARALLEL: # cargo and vite use every core by themselves
.SUFFIXES:
.DELETE_ON_ERROR:

# A shell opened before rustup's installation has no cargo yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

TARGET := $(or $(CARGO_TARGET_DIR),target)

# What the tests may not do without; each word missing here turns the failure into a skip.
CITYLAYERS_REQUIRE ?= postgis,gdal,chromium,mosquitto
export CITYLAYERS_REQUIRE

# The pages are embedded in the binary, so they are built before anything that cargo compiles.
PAGES := web/dist/index.html
PAGES_SOURCES := $(shell find web/src web/public styles -print 2>/dev/null) \
	$(wildcard web/*.html web/*.ts web/*.json)
NODE_MODULES := web/node_modules/.package-lock.json

.PHONY: help
help: ## tells what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: setup setup-test
setup: ## installs what a build needs and is missing (Debian packages)
	@scripts/setup-build
setup-test: setup ## installs what the tests need besides
	@scripts/setup-test

$(NODE_MODULES): web/package.json web/package-lock.json | setup
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(PAGES): $(PAGES_SOURCES) $(NODE_MODULES)
	cd web && npm run build
	@touch $@

.PHONY: web build run
web: $(PAGES) ## builds the pages into web/dist
build: setup $(PAGES) ## builds target/release/citylayers
	cargo build --release --locked
run: build ## builds, loads the demo province when the store is empty, and serves
	@$(TARGET)/release/citylayers demo --if-empty
	@exec $(TARGET)/release/citylayers serve

.PHONY: test test-rust test-web test-browser
test: ## installs what the tests need and runs everything there is
	@scripts/test
test-rust: setup-test $(PAGES) ## Rust tests, beside a PostGIS of their own
	@scripts/test-rust
.PHONY: test-day
test-day: setup-test $(PAGES) ## plays a whole day of the demo at its usual pace against the oracle: 24 minutes
	cargo test --locked --test played -- --ignored
test-web: $(NODE_MODULES) ## unit tests of the pages
	cd web && npm test
test-browser: setup-test $(PAGES) ## the pages in a real Chromium, against the real server
	@scripts/test-browser

.PHONY: test-api test-clients
test-api: setup-test $(PAGES) ## the OGC API as OWSLib reads and edits it, and as its own definition says
	@EXAMPLES=5 LAYERS='cameras|roads|wards' scripts/test-clients owslib schemathesis
test-clients: setup-test $(PAGES) ## the same with more tries on every layer, and QGIS, which it installs
	@scripts/test-clients

.PHONY: lint check-format check-rust check-web fmt bench
lint: check-format check-rust check-web ## rustfmt, clippy and tsc, as strict as the tests
check-format: setup-test
	cargo fmt --check
check-rust: setup-test $(PAGES)
	@cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null # or `make fuzz` would not build
	cargo clippy --locked --all-targets -- --deny warnings
check-web: $(NODE_MODULES)
	cd web && npm run check
fmt: setup-test ## formats the Rust code
	cargo fmt
bench: setup $(PAGES) ## measures; writes nothing down
	cargo bench --locked

.PHONY: bench-peers
bench-peers: setup-test $(PAGES) ## measures beside Martin and tipg, which it installs (ONLY=citylayers,bare ARGS=--help)
	@scripts/bench-peers $(ARGS)

.PHONY: bench-postgis
bench-postgis: setup-test $(PAGES) ## measures a planner's questions beside the same of PostGIS
	@scripts/postgis run cargo bench --locked --bench questions

.PHONY: fuzz
fuzz: setup $(PAGES) ## looks for inputs that break tiles, imports or filters; installs cargo-fuzz (SECONDS=60 for each)
	@scripts/fuzz $(or $(SECONDS),60)
