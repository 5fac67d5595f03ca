# The commands of the project; `make` alone lists them. Needs a Python 3.11 or newer, and nothing else of ours.

PORT ?= 8501
ADDRESS ?= localhost

VENV := .venv
PYTHON := $(VENV)/bin/python
# TORCH_INDEX=… takes PyTorch's CPU build from another index than PyTorch's own; TORCH_INDEX= asks none.
INSTALL := $(PYTHON) tools/install.py

# A stamp carries the check sum of what it stands for: as long as the requirements stay, nothing is installed again.
sum = $(shell cat $(1) | cksum | tr ' ' '-')
APP := $(VENV)/.app-$(call sum,requirements.txt)
DEV := $(VENV)/.dev-$(call sum,requirements.txt requirements-dev.txt)

.DEFAULT_GOAL := help
.PHONY: help run test lint commits format types browser unit pages audit processors fuzz failover load bench screenshots clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(APP) ## Start the app on port 8501 (PORT=8600, ADDRESS=0.0.0.0), or on a file of yours (PROGRAM=train.py)
	$(if $(PROGRAM),$(PYTHON) -m viz $(PROGRAM) $(ARGS),\
	$(PYTHON) -m streamlit run app.py --server.address=$(ADDRESS) --server.port=$(PORT))

# Each stage runs, whatever an earlier one found: one look at the output shows all that is wrong.
STAGES := lint commits types browser unit pages

test: $(DEV) ## Install what the tests need, then lint, types, layers and every test
	@failed=; for stage in $(STAGES); do \
		$(MAKE) --no-print-directory $$stage || failed="$$failed $$stage"; \
	done; \
	if [ -n "$$failed" ]; then echo "Failed:$$failed"; exit 1; fi

unit: $(DEV) ## Run the tests that need no browser
	$(PYTHON) -m pytest --ignore=tests/browser --numprocesses=auto --durations=15

pages: $(DEV) ## Run the tests in a browser
	@# What fails beside another browser on a busy machine has to pass alone; what fails alone fails.
	$(PYTHON) -m pytest tests/browser --numprocesses=2 --dist=worksteal --durations=15 || \
		$(PYTHON) -m pytest tests/browser --last-failed --last-failed-no-failures=none

lint: $(DEV) ## Check style and formatting: ruff for Python, oxlint and oxfmt for JavaScript
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(VENV)/bin/oxlint --deny-warnings viz/stage tests/stage
	$(VENV)/bin/oxfmt --check viz/stage tests/stage
	@# No formatter breaks a comment's lines.
	$(PYTHON) -m pytest -q tests/stage/test_modules.py::test_lines_have_at_most_115_characters

commits: $(DEV) ## Check the subjects of the commits that main does not have yet
	$(PYTHON) tools/commit_subject.py

format: $(DEV) ## Format the code with ruff and oxfmt
	$(PYTHON) -m ruff format .
	$(VENV)/bin/oxfmt viz/stage tests/stage

types: $(DEV) ## Check the types with mypy
	$(PYTHON) -m mypy .

browser: $(DEV) ## Find a browser for the tests, or install one
	$(PYTHON) -m tests.browser.install_browser

audit: $(DEV) ## Compare all that the page can show with plain PyTorch (PROGRAM=file: of that one; RANDOM=1000)
	$(PYTHON) -W ignore -m tests.audit $(PROGRAM) $(if $(RANDOM),--random $(RANDOM)) $(if $(SEED),--seed $(SEED))

processors: $(DEV) ## Run the tests with floats under each instruction set that this processor has
	$(PYTHON) -m tests.processors

fuzz: $(DEV) ## Run 100,000 random programs, and open 10,000 damaged links (some twenty minutes)
	EXAMPLES=10000 $(PYTHON) -m pytest -q tests/linking tests/recording/test_trace_catalogue.py \
		tests/blocks/test_record_catalogue.py tests/scripts/test_odd_programs.py
	$(PYTHON) -W ignore -m tests.fuzz

failover: browser ## Kill the server behind a page 20 times; needs HAProxy (Debian package haproxy)
	$(PYTHON) -m tests.failover

load: $(DEV) ## Put crowds of learners on servers of ours, ten minutes; two servers need HAProxy
	$(PYTHON) -m benchmarks.load

bench: browser ## Measure, and print one table
	$(PYTHON) -m benchmarks

screenshots: browser ## Take pictures of the page into build/screenshots, and the README's moving one
	$(PYTHON) -m tests.browser.screenshots

clean: ## Remove everything that these commands made
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON):
	@sh tools/make_venv.sh $(VENV)

$(APP): $(PYTHON)
	@echo "Installing what the app needs into $(VENV): PyTorch is large, this takes a minute or two, once."
	@$(INSTALL) requirements.txt
	@touch $@

$(DEV): $(PYTHON)
	@echo "Installing what the app and its tests need into $(VENV): PyTorch is large, this takes a minute or two, once."
	@$(INSTALL) requirements-dev.txt
	@touch $@ $(APP)
