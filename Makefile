# The commands of the project. PYTHON chooses the interpreter the environment is built with: make run PYTHON=python3.13
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: run test check bench pictures

run: $(STAMP)
	@exec $(BIN)/python manage.py up $(ARGS)

# Two processes: the reference machine has two cores, and the tests wait more for PostgreSQL and Chromium than for each other.
test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations 15 $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check_production

bench: $(STAMP)
	$(BIN)/python -m benchmarks $(ARGS)

# The pictures of README and docs, anew: from an installation that it starts, or from one that runs (ARGS=http://localhost:8000).
pictures: $(STAMP)
	$(BIN)/python docs/picture.py $(ARGS)

# Installed once, with the exact versions and hashes of requirements.txt; again when that file changes. Without --no-compile pip
# spends half its time on byte code of modules that are never imported; Python makes the rest when it is needed.
$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tideline needs Python 3.11 or newer: make run PYTHON=python3.11")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps -r requirements.txt
	@touch $(STAMP)
