# kedge: the commands of the house. `make demo` and `make test` need nothing installed by hand.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PEERS  := $(VENV)-peers/.ready
# evidently 0.7 imports what pandas 3 no longer has
CLARIFY := $(VENV)-clarify/.ready
RIVALS := polars duckdb whylogs evidently scipy scikit-learn shap 'pandas<3'

.PHONY: help demo test check crash bench docs clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kedge needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(READY): $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

$(VENV)/.demo: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	touch $@

$(PEERS): pyproject.toml
	$(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check $(RIVALS)
	touch $@

# smclarify needs a pandas that new Pythons have no wheel of: without it, that one comparison is left out
$(CLARIFY): pyproject.toml
	-$(PYTHON) -m venv $(VENV)-clarify
	-$(VENV)-clarify/bin/python -m pip install --quiet --disable-pip-version-check smclarify 'pandas<2' 'numpy<2'
	touch $@

demo: $(VENV)/.demo ## Learn, check and report on a year of real flights
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m examples.flights

test: $(READY) ## Run every test
	$(BIN)/python -m pytest -n auto

check: $(READY) ## Style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

crash: $(READY) ## Kill shippers and servers: no capture and no message is lost, no slot is missed, none comes twice
	PYTHONPATH=src:. $(BIN)/python -m tests.crash
	PYTHONPATH=src:. $(BIN)/python -m tests.crash.server
	PYTHONPATH=src:. $(BIN)/python -m tests.crash.messages

docs: $(READY) ## Check that the documentation is complete and that its examples run
	$(BIN)/python -m pytest tests/docs

bench: $(READY) $(PEERS) $(CLARIFY) ## Time kedge against its peers, in one run
	$(BIN)/python -m benchmarks --peers $(VENV)-peers/bin/python --clarify $(VENV)-clarify/bin/python

clean: ## Remove what the commands above made
	rm -rf $(VENV) $(VENV)-peers $(VENV)-clarify demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis
