# Everything a user or CI runs. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# On a terminal pip shows its own progress bars.
PIP := $(BIN)/python -m pip --disable-pip-version-check install $$([ -t 1 ] || echo --quiet) --constraint constraints.txt
START ?= 2018-01-02
END ?= 2018-03-29
SEED ?= 7
RESULTS ?= build/backtest

.PHONY: help install data backtest report test check lint types imports unit lean-coverage bench accuracy lab clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "thetatrace needs Python 3.11 (LEAN runs 3.11): set PYTHON=/path/to/python3.11")'
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing thetatrace (about a minute the first time)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "installing test tools (about a minute the first time)"
	@$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	@echo "installing what the benchmarks compare with"
	@$(PIP) --editable '.[bench]'
	@touch $@

$(VENV)/.research: $(VENV)/.base
	@echo "installing JupyterLab"
	@$(PIP) --editable '.[research]'
	@touch $@

install: $(VENV)/.base ## make .venv and install the thetatrace command

data: $(VENV)/.base ## make the LEAN data folder (history-anchored simulation, about 40 s the first time)
	@$(BIN)/thetatrace data make --start $(START) --end $(END) --seed $(SEED)

backtest: data ## the main job: data, the tom_king backtest on it, its report
	@$(BIN)/thetatrace backtest algorithms/tom_king --start $(START) --end $(END) --output $(RESULTS) --overwrite
	@$(BIN)/thetatrace report $(RESULTS)

test: check unit ## everything CI runs: lint, types, import rules, all tests with coverage

check: lint types imports ## ruff, mypy strict (rooms, and algorithms against LEAN's stubs), import-linter

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: $(VENV)/.dev
	@echo "mypy (about a minute the first time: it reads LEAN's stubs)"
	@$(BIN)/mypy
	@$(BIN)/mypy algorithms/*/main.py

imports: $(VENV)/.dev
	@$(BIN)/lint-imports

unit: $(VENV)/.dev
	@echo "tests (five to eight minutes on two cores)"
	@$(BIN)/coverage erase
	@$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report= -q
	@$(BIN)/coverage report --fail-under 90

lean-coverage: $(VENV)/.dev ## write docs/lean-local-coverage.md: LEAN's stubs held against lean_local
	@$(BIN)/python -m thetadesk.lean_coverage

bench: $(VENV)/.bench ## every benchmark; writes benchmarks/results/
	@for each in benchmarks/bench_*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

accuracy: $(VENV)/.bench ## prices, volatilities and Greeks against high precision; writes benchmarks/results/
	@$(BIN)/python benchmarks/accuracy_pricing.py
	@$(BIN)/python benchmarks/accuracy_american.py
	@$(BIN)/python benchmarks/accuracy_dividends.py

lab: $(VENV)/.research ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab research/

clean: ## remove .venv and caches; data, results and storage stay
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
