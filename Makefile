# demo and test need python3 (3.10 or later) with its venv module; they make .venv themselves. The
# demo installs what it needs alone.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test quick slow lowest coverage check docs man plugin asset deb clean

demo: .venv/demo
	$(BIN)/grafherald demo

test: check quick slow

# Two minutes, for while you work: nothing that waits, and no other program.
quick: .venv/ready
	$(BIN)/pytest -q -n 2 -m "not slow and not real"

slow: .venv/ready
	$(BIN)/pytest -q -m "slow or real"

# The oldest versions that setup.cfg allows, each at its lower bound. PYTHON=python3.10 is the
# Python that all of them have wheels for.
lowest:
	rm -rf build/lowest && $(PYTHON) -m venv build/lowest
	sed -n 's/^ *\([A-Za-z][A-Za-z0-9._-]*\)\(\[.*\]\)\{0,1\}>=\([0-9.]*\)$$/\1==\3/p' setup.cfg | sort -u >build/lowest/constraints.txt
	build/lowest/bin/pip install --quiet --disable-pip-version-check -c build/lowest/constraints.txt -e '.[test]'
	build/lowest/bin/pytest -q -m "not slow and not real"

coverage: .venv/ready
	$(BIN)/pytest -q --cov --cov-report=term:skip-covered

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=handlers $(BIN)/lint-imports

# The reference, made from the code, and the documentation as a site in build/docs; what warns fails.
docs: .venv/ready
	$(BIN)/python docs/site/reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file docs/site/mkdocs.yml

plugin: .venv/ready
	$(BIN)/python contrib/grafana/build-plugin

man: .venv/ready
	$(BIN)/python contrib/man/build-man

asset:
	@contrib/asset/build-asset $(PYTHON)

# For this machine's Debian: needs dpkg-deb, python3-venv and the package index.
deb:
	contrib/debian/build-deb

.venv/demo .venv/ready: setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "grafherald needs Python 3.10 or later as $(PYTHON); set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[$(EXTRA)]'
	@touch $@

.venv/demo: EXTRA := demo
.venv/ready: EXTRA := test

clean:
	rm -rf .venv build dist out
