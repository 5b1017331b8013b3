# The command list. Everything installs itself: Python 3.11 or newer, make and git are all that must be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup run test test-deep lint docs bench

help: ## Show the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Create .venv with everything in it.

$(STAMP): requirements-dev.txt core/pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Vespera and its tools into $(VENV) (a minute or two, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e ./plugins/vespera-sentence-transformers
	@touch $@

run: $(STAMP) ## Do the main job once, on a sample project.
	@$(BIN)/python scripts/tour.py

test: $(STAMP) ## Run the whole test suite (reduced doses of the destructive tests).
	$(PYTEST)

test-deep: $(STAMP) ## Run the destructive tests in their full doses (about an hour).
	VESPERA_DEEP=1 $(PYTEST) tests/reliability tests/conformance

lint: $(STAMP) ## Style, types, layers, and that computed docs are up to date.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/reference.py --check

docs: $(STAMP) ## Compute the reference pages anew.
	$(BIN)/python scripts/reference.py

bench: $(STAMP) ## Measure against the raw limits, in one run.
	$(BIN)/python -m bench
