# demo and test need python3 (3.10 or later) with its venv module; they make .venv themselves. The
# demo installs what it needs alone.
PYTHON ?= python3
BIN := .venv/bin
# Where quick tests keep their stores: in memory where there is a gigabyte of it, for each commit
# waits for a disk.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR > 1 && $$1 > 1048576 {print "/dev/shm"}')

.PHONY: demo test quick slow lowest coverage check docs man plugin asset deb release audit clean

demo: .venv/demo
	$(BIN)/grafherald demo

test: check quick slow

# Two minutes, for while you work: nothing that waits long, and no other program. Three processes on
# two cores, since most of what they do is to wait for processes of their own.
quick: .venv/ready
	$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest -q -n 3 -m "not slow and not real"

# Two at a time; one has the browser, whose event loop lets no other run in its process.
slow: .venv/ready
	$(BIN)/pytest -q -m "slow or real" tests/web & web=$$!; \
	$(BIN)/pytest -q -m "slow or real" --ignore=tests/web; rest=$$?; \
	wait $$web && exit $$rest

# What ships, each dependency at the lower bound that setup.cfg names. PYTHON=python3.10 is the one
# that all of them have wheels for.
lowest:
	rm -rf build/lowest && $(PYTHON) -m venv build/lowest
	sed -n -e '/^docs =/q' -e 's/^ *\([A-Za-z0-9-]*\)\(\[.*\]\)\{0,1\}>=\([0-9.]*\)$$/\1==\3/p' plugin/setup.cfg setup.cfg >build/lowest/bounds.txt
	build/lowest/bin/pip install --quiet --disable-pip-version-check -c build/lowest/bounds.txt -e '.[test]' -e plugin
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
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file docs/site/mkdocs.yml

plugin: .venv/ready
	$(BIN)/python plugin/build-plugin

man: .venv/ready
	$(BIN)/python contrib/man/build-man

asset:
	@contrib/asset/build-asset $(PYTHON)

# For this machine's Debian: needs dpkg-deb, python3-venv and the package index.
deb:
	contrib/debian/build-deb

# All that is released, with checksums, into dist/. The version stands in grafherald/__init__.py
# alone, and CHANGELOG.md has its heading.
release: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[release]'
	contrib/release/build-release $(BIN)/python

# Known holes in what ships, where the package index tells.
audit: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[release]'
	$(BIN)/pip-audit --local --skip-editable

.venv/demo .venv/ready: setup.cfg pyproject.toml plugin/setup.cfg
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "grafherald needs Python 3.10 or later, and $(PYTHON) is older or not there. Install one" \
	    "beside it (RHEL, Rocky, Alma: dnf install python3.12), and add PYTHON=python3.12."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[$(EXTRA)]' $(PLUGIN)
	@touch $@

.venv/demo: EXTRA := demo
.venv/ready: EXTRA := test
# A distribution of its own, which the extra "plugin" would look for on the package index.
.venv/ready: PLUGIN := -e plugin

clean:
	rm -rf .venv build dist out
