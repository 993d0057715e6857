# Callwright. `make help` lists what can be done.

VENV   := .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
ROOMS  := csta sip media_service lab cti_server program settings_file
PY     := $(ROOMS) prompts tests bench docs
ONCE   ?=
HOST   ?= 127.0.0.1

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-real check fmt bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- what the commands need -----------------------------------------------------------------------------------------

$(VENV)/bin/python:
	@scripts/system-packages python:ensurepip=python3-venv
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --upgrade pip

$(VENV)/.runs: $(VENV)/bin/python setup.cfg pyproject.toml
	@echo "Installing what Callwright needs into $(VENV) (once; a minute or so) ..."
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/.tests: $(VENV)/.runs
	@echo "Installing what the tests need into $(VENV) (once) ..."
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -e '.[test]'
	@touch $@

.PHONY: programs
programs:
	@scripts/system-packages sipp=sip-tester initdb=postgresql baresip=baresip-core telnet=telnet

# --- the two commands -----------------------------------------------------------------------------------------------

demo: $(VENV)/.runs  ## lab PBX, media service and CTI server, three callers, then a system to call (ONCE=1: end after the story)
	@$(BIN)/callwright-lab demo --host $(HOST) $(if $(ONCE),--once)

test: $(VENV)/.tests programs test-fast test-real  ## everything, PostgreSQL and SIP tools included

test-fast: $(VENV)/.tests programs
	@$(BIN)/python -m pytest -q -n 2 -m "not integration"

# Audio is timed against the clock here: one test at a time.
test-real: $(VENV)/.tests programs
	@$(BIN)/python -m pytest -q -m integration

# --- every day ------------------------------------------------------------------------------------------------------

check: $(VENV)/.tests  ## format, lint, types, contracts
	@$(BIN)/ruff format --check $(PY)
	@$(BIN)/ruff check $(PY)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo || $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n 2 -m "not integration" tests/house

fmt: $(VENV)/.tests  ## format and mend what can be mended by itself
	@$(BIN)/ruff format $(PY)
	@$(BIN)/ruff check --fix $(PY)

bench: $(patsubst bench/%.py,bench-%,$(wildcard bench/*.py))  ## every benchmark; one alone: make bench-NAME

bench-%: $(VENV)/.tests programs
	@$(BIN)/python bench/$*.py

clean:  ## remove what was made here, the virtual environment included
	rm -rf $(VENV) run build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
