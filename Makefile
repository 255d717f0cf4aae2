# Each target makes .venv itself; nothing but Python 3.11 or newer is needed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint soak clean

demo: .venv/.installed
	$(BIN)/arvio demo

test: .venv/.test
	$(BIN)/python -m pytest

soak: .venv/.test
	$(BIN)/python -m pytest -m soak

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv build dist

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/.test: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	touch .venv/.installed $@
