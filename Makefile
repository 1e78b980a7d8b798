# All that anyone types: demo · test · check · bench · docs · api · clean

VENV    := .venv
PY      := $(VENV)/bin/python
PIP     := $(PY) -m pip install --quiet --constraint constraints.txt
NATIVE  := CMakeLists.txt $(shell find native -type f)
NEWEST  := .venv-newest

.PHONY: demo test lint check sanitize newest bench docs api clean

demo: $(VENV)/.native
	$(VENV)/bin/pellucid demo -o report.html

test: $(VENV)/.test lint
	$(PY) -m pytest -m "not slow"

lint: $(VENV)/.test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) tools/make_api.py --check

check: $(VENV)/.test lint
	$(PY) -m pytest
	$(MAKE) sanitize newest docs

docs: $(VENV)/.docs
	$(PY) -m sphinx -W --keep-going -b html docs docs/_build/html

api: $(VENV)/.native
	$(PY) tools/make_api.py

clean:
	rm -rf .venv .venv-* build dist docs/_build report.html

# Each stamp is remade when what it was made from changes; nothing is done twice.

$(VENV)/.base: pyproject.toml constraints.txt
	$$(tools/find_python.sh 3.11 3.12 3.13) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	$(PIP) --group build --group demo
	touch $@

$(VENV)/.native: $(VENV)/.base $(NATIVE)
	$(PIP) --no-build-isolation --editable .
	touch $@

$(VENV)/.test: $(VENV)/.native
	$(PIP) --group test --group lint
	touch $@

$(VENV)/.docs: $(VENV)/.native
	$(PIP) --group docs --group test
	touch $@
