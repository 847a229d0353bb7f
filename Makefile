# make run    everything at once: environment, database, knowledge base, model, demo, service on http://127.0.0.1:8080
# make test   all tests          make check   lint, types, import contracts          make help   the rest

PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PORT   ?= 8080
PYTEST_ARGS ?=
# One more than there are processors, as far as four: a browser test waits half of its time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test check format clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed ## Make .venv with what serving needs

install-dev: $(VENV)/.installed-dev ## Make .venv with what tests and training need (torch, Chromium driver, PostgreSQL)

run: install ## Start the demo on http://127.0.0.1:8080 (PORT=... for another)
	$(BIN)/otklik demo --port $(PORT)

test: install-dev ## Run all tests (PYTEST_ARGS="-m 'not slow'" for the fast ones)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

check: install-dev ## Lint, types, import contracts, texts and data
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/otklik knowledge check
	$(BIN)/otklik data check --errors-only

format: install-dev ## Format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove the environment and caches; var/ with your data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
