# Everything lives in .venv; nothing is installed outside this folder.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export EVALKIT_SHARED ?= ../shared
# Images of Python set it: then every process of every test would compile anew what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo suites test test-all test-slow test-real soak lint samples golden bench clean

help:  ## what can be typed here
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# One stamp per set of extras: made anew when pyproject.toml changes, or when another Python stands behind the venv.
$(VENV)/.made-%: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "evalkit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) [$*] ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(subst +,$(comma),$*)]'
	@touch $@
comma := ,

demo: $(VENV)/.made-demo  ## the whole loop on a year of real flights: from raw data to a release report and back to data (under two minutes)
	@$(BIN)/python pipelines/demo.py

suites: $(VENV)/.made-demo  ## three suites, one on real flights, one judged: from a plan to a signed release and a site (under two minutes)
	@$(BIN)/python suites/demo.py

# Tests run side by side, one for each core: threads of linear algebra beside them would only wait for each other.
test test-slow: export OMP_NUM_THREADS = 1

test: $(VENV)/.made-test  ## the tests that need only Python (about five minutes)
	@$(BIN)/python -m pytest -q -n auto -m "not server and not browser and not slow and not soak"

test-all: lint test-slow test-real  ## what CI adds: lint, slow tests, browser, both pandas majors, logs of the real tools

test-slow: $(VENV)/.made-all-tests  ## the tests that are slow, or need a browser or a server
	@$(BIN)/python -m pytest -q -n auto -m "server or browser or slow"

test-real: $(VENV)/.made-all-tests  ## both pandas majors, and logs of the real tools: each in an environment of its own
	@$(BIN)/python tests/pandas_majors.py
	@$(BIN)/python tests/importers_real.py

$(VENV)/.made-all-tests: $(VENV)/.made-test+browser+dev+demo tests/report/assurance/fetch_axe.py
	@$(BIN)/python tests/report/assurance/fetch_axe.py
	@touch $@

lint: $(VENV)/.made-test+browser+dev+demo  ## ruff and mypy --strict
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

samples: $(VENV)/.made-test  ## rewrite the sample reports in reports/, to be looked at before they are committed
	@$(BIN)/python -m docs.samples

golden: $(VENV)/.made-test  ## rewrite the outlines of pages in tests/golden, to be read before they are committed
	@$(BIN)/python -m tests.report.assurance.outline

soak: $(VENV)/.made-all-tests  ## long simulations and kill tests (about half an hour)
	@EVALKIT_SOAK=1 $(BIN)/python -m pytest -q -m "slow or soak" tests/simulation tests/e2e tests/pipelines
	@$(BIN)/python benchmarks/coverage.py
	@$(BIN)/python benchmarks/gate_errors.py

bench: $(VENV)/.made-all-tests  ## the figures of benchmarks/RESULTS.md
	@$(BIN)/python benchmarks/run_all.py

clean:  ## remove what was made
	@find reports -maxdepth 1 -name '*.html' ! -name 'sample*' -delete
	@rm -rf reports/site reports/comment.md
	@rm -rf $(VENV) .venv-* .evalkit suites/flights/data .pytest_cache .mypy_cache .ruff_cache
