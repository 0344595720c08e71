# Everything from a bare Debian with Python 3.11, make and npm.
#   make demo    trains a network, proves theorems about it in Lean, prints where the report is
#   make test    lint, types, Python tests, the whole Lean library, one export proved
#   make check   the quick loop: lint, types, tests without Lean and without slow ones
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check lint types unit lean toolchain doctor clean

demo: toolchain
	$(BIN)/python examples/demo.py

test: lint types toolchain
	$(BIN)/python -m pytest -n 2 -m "not lean" --durations=10
	$(BIN)/python -m bridge.lake build --jobs 2
	$(BIN)/python -m pytest -m lean --durations=10

check: lint types
	$(BIN)/python -m pytest -q -n 2 -m "not lean and not slow"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

# The official `lake` where it is on PATH, the registry toolchain otherwise.
toolchain: $(STAMP)
	$(BIN)/lemmanet toolchain install

doctor: $(STAMP)
	$(BIN)/lemmanet doctor

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	touch $@

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache
