# Every command of the project. `make demo` runs it, `make test` tests it; both set up what they need.

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
SCRIPTS = find static -name '*.js' -not -path '*/vendor/*'

# pytest rewrites each test's assertions, half of the time until it begins, and keeps what came of it; unless told not to.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test test-servers test-long test-calls test-crm-full lint bench chaos generate machine clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 20

demo: $(RUNTIME) ## start everything with sample customers, and print where to look
	@exec $(BIN)/onethread demo

test: $(DEV) machine ## all tests but long ones and those that need other servers; ARGS="..." goes to pytest
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not servers and not long and not calls and not crm_full" $(ARGS)

test-servers: $(DEV) machine ## tests that need servers which Debian has (pytest fails when there is none to run)
	@.ci/need turnserver:coturn redis-server:redis-server psql:postgresql promtool:prometheus nginx:nginx-light caddy:caddy node:nodejs npm:npm janus:janus ip:iproute2 espeak-ng:espeak-ng
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m servers $(ARGS)

test-long: $(DEV) machine ## tests of seconds each: calls between real browsers, the console's panes, whole processes killed and restored, load
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "long and not servers and not crm_full" $(ARGS)

test-calls: $(DEV) machine ## calls with guests, supervisors, the bot, in rooms, over networks that break; one at a time, for a quiet machine
	@.ci/need ip:iproute2 iptables:iptables janus:janus espeak-ng:espeak-ng
	@$(BIN)/python -m pytest -m calls $(ARGS)

test-crm-full: $(DEV) ## the shipped CRM mapping files against a live Tryton and a live BottleCRM; the first run builds both (minutes)
	@.ci/need psql:postgresql
	@$(BIN)/python -m tests.crm.live.bottlecrm
	@$(BIN)/python -m pytest -m crm_full $(ARGS)

lint: $(DEV) ## style, types, layers, generated files, scripts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m hub.transport.generate --check
	@$(BIN)/python -m hub.crm.rest.reference --check
	@$(BIN)/python -m pytest -q tests/test_layers.py
	@if command -v node > /dev/null; then \
		$(SCRIPTS) | while read -r script; do \
			node --check --input-type=module < "$$script" || { echo "in $$script"; exit 1; }; \
		done; \
	else echo "node is not installed: the syntax of scripts was not checked"; fi

bench: $(DEV) machine ## measure the hub next to its peers
	@$(BIN)/python -m bench $(ARGS)

chaos: $(DEV) ## kill, cut off and fill up a running hub, R1 to R12 of docs/reliability.md; one is `make chaos-R3`, ARGS=--long
	@.ci/need faketime:faketime
	@$(BIN)/python -m tests.chaos $(ARGS)

chaos-%: $(DEV)
	@.ci/need faketime:faketime
	@$(BIN)/python -m tests.chaos $* $(ARGS)

generate: $(DEV) ## rewrite what is derived from the models: docs/protocol, docs/settings.md, docs/crm-format.md, static/sdk constants
	@$(BIN)/python -m hub.transport.generate
	@$(BIN)/python -m hub.crm.rest.reference

clean: ## remove all that these commands made, except ./data
	rm -rf $(VENV) node_modules dist bench/build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the tests ask of the machine: a browser, a font with Chinese, Node for the scripts, C and git for the bench.
machine:
	@.ci/need chromium:chromium chromium-headless-shell:chromium-headless-shell font:fonts-noto-cjk node:nodejs npm:npm gcc:gcc -:libc6-dev git:git

$(RUNTIME): pyproject.toml
	@.ci/venv -e .
	@$(BIN)/python -m compileall -q hub channels
	@touch $@

$(DEV): pyproject.toml
	@.ci/venv -e '.[test,lint,dev]'
	@$(BIN)/python -m compileall -q hub channels  # tests start hundreds of processes
	@touch $(RUNTIME) $@
