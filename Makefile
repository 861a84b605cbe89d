# Everything a developer does, by name. `make help` lists it.
# What a target made is remembered by a stamp or by the file itself, so nothing is repeated whose inputs did not change.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 8000
# Processes that run tests side by side.
WORKERS ?= 2

# The environment's programs first: `workings`, `pytest`, and `node` where the machine has none of its own.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

STAMPS := .venv/.stamps
# -qq: pip's progress is noise here, its errors still show.
# What packages bring as tests is not compiled: of the one for algebra alone that would be 20 MiB.
INSTALL := .venv/bin/python -m pip install -qq --require-hashes --no-compile
SOURCES := $(foreach folder,app tests scripts migrations benchmarks,$(if $(shell find $(folder) -name '*.py' -print -quit 2>/dev/null),$(folder)))
FRONTEND := $(shell find frontend -type f 2>/dev/null) package.json tsconfig.json
MANIFEST := app/static/dist/manifest.json
# worksteal: a process that is through takes over half of what another still has before it.
PYTEST := pytest -q --ignore=tests/browser --ignore=tests/trainers --ignore=tests/engines -n $(WORKERS) --dist worksteal

.PHONY: help run test test-fast check browser migrate demo bench screens science trainers engines docs lock clean \
	lint types frontend-check deploy-check unit-sqlite unit-postgresql system-packages

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# "Enter as …" is offered on a loopback address only, which is the only one that is served here.
run demo: export WORKINGS_DEMO := true
run: export WORKINGS_PUBLIC_URL := http://127.0.0.1:$(PORT)
run: $(STAMPS)/runtime $(MANIFEST) ## Install what is missing, fill the demo once and serve it on 127.0.0.1:8000 (PORT=…)
	@workings migrate
	@workings demo
	@exec workings serve --host 127.0.0.1 --port $(PORT)

# One after the other: side by side on two cores, what waits for a browser or a killed server misses its times.
test: system-packages check unit-sqlite unit-postgresql browser ## Everything: checks, both databases, the browser

test-fast: check unit-sqlite ## The checks and the tests on SQLite

# mypy, which runs in one process, takes as long as all the others: they run beside it.
check: $(STAMPS)/dev $(MANIFEST) ## Lint, formatting, types, import contracts, container files
	@$(MAKE) --jobs $(WORKERS) --output-sync=target types lint frontend-check deploy-check

browser: $(STAMPS)/dev $(MANIFEST) ## The journeys in Chromium
	pytest -q tests/browser

migrate: $(STAMPS)/runtime ## Bring the database to the newest schema
	workings migrate

demo: $(STAMPS)/runtime ## Fill the database with the demo, once
	workings migrate
	workings demo

bench: $(STAMPS)/dev $(MANIFEST) ## Take the figures of the README
	python -m benchmarks

screens: $(STAMPS)/dev $(MANIFEST) ## Take the pictures of docs/screens anew
	python scripts/screens.py

science: $(STAMPS)/venv ## Let programs in the sandbox import numpy, scipy and sympy
	@scripts/make-science.sh

trainers: $(STAMPS)/dev ## Train for a step on exports, with TRL's own trainers (1.5 GB in .trainers the first time)
	@scripts/make-trainers.sh $(PYTHON)
	pytest -q tests/trainers -n $(WORKERS)

engines: $(STAMPS)/dev ## Read large exports with DuckDB, Polars and datasets (600 MB in .engines the first time)
	@scripts/make-engines.sh $(PYTHON)
	pytest -q tests/engines -n $(WORKERS)

docs: $(STAMPS)/dev ## Write the pages of docs/formats anew from what formats declare
	python scripts/format-docs.py

lock: ## Write the locked requirements anew (UPGRADE=1 for newer versions)
	scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Remove everything that a build or a test made; data stays
	rm -rf .venv .science .trainers .engines node_modules app/static/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The parts of check and test.

lint: $(STAMPS)/dev
	ruff check .
	ruff format --check .
	lint-imports --no-logo

types: $(STAMPS)/dev
	mypy $(SOURCES)

frontend-check: $(MANIFEST)
	npm run --silent check
	npm test --silent

deploy-check: $(STAMPS)/dev
	scripts/check-compose.sh
	hadolint Dockerfile

unit-sqlite: $(STAMPS)/dev $(MANIFEST)
	$(PYTEST)

unit-postgresql: $(STAMPS)/dev $(MANIFEST)
	WORKINGS_TEST_DATABASE=postgresql $(PYTEST)

system-packages:
	@scripts/system-packages.sh

# What is installed and built.

$(STAMPS)/venv: scripts/make-venv.sh
	@scripts/make-venv.sh $(PYTHON)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: $(STAMPS)/venv requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Installing the Python packages (a minute the first time)"
	@$(INSTALL) -r requirements/runtime.txt -r requirements/build.txt
	@.venv/bin/python -m compileall -qq -j 0 -x '/tests/' .venv/lib
	@.venv/bin/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/runtime requirements/dev.txt
	@echo "Installing the packages for tests and checks (two minutes the first time)"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

$(STAMPS)/node: $(STAMPS)/venv requirements/node.txt scripts/find-node.sh
	@scripts/find-node.sh || $(INSTALL) -r requirements/node.txt
	@touch $@

node_modules/.package-lock.json: $(STAMPS)/node package.json package-lock.json .npmrc
	@echo "Installing the front end's packages"
	@npm ci --silent
	@touch $@

$(MANIFEST): node_modules/.package-lock.json $(FRONTEND)
	@npm run --silent build
	@touch $@
