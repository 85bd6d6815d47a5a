# What people, hooks and CI call. Needs python3 >= 3.11 and make; everything else is installed
# into .tools/ (uv) and .venv/ (what uv.lock names).
PYTHON ?= python3
UV := .tools/bin/uv
RUN := $(UV) run --frozen --no-sync

.PHONY: help setup run test screenshots check format bench clean
.DEFAULT_GOAL := help

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1	\2/' | expand -t 19

setup: .venv/.complete  ## install what the bot and its tests need (a few seconds)

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or later is needed; name one with: make PYTHON=/path/to/python3.12'; exit 1; }
	@echo 'Installing uv into .tools/ ...'
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv==0.13.8'

.venv/.complete: uv.lock pyproject.toml | .tools/bin/uv
	@echo 'Installing what uv.lock names into .venv/ ...'
	@$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

run: setup  ## run the bot: on Telegram with QUIZBOT_TOKEN, else on a local Telegram in your browser
	@if [ -n "$$QUIZBOT_TOKEN" ] || grep -qsE '^ *(export +)?QUIZBOT_TOKEN *= *[^ ]' .env; \
	  then exec .venv/bin/python bot.py; else exec .venv/bin/python -m sandbox; fi

# Modules are compiled once, not in each process, whatever the machine has set.
test: setup  ## all tests: SQLite, PostgreSQL, browser
	@PYTHONDONTWRITEBYTECODE= $(RUN) pytest -n auto --dist worksteal

screenshots: setup  ## take the pictures that the README shows
	@mkdir -p docs/images
	@SCREENSHOTS=$(CURDIR)/docs/images $(RUN) pytest -m browser -o addopts= -q

check: setup  ## lint, format, types, layers, migrations, questions
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports --no-logo
	@$(RUN) python -m db check
	@$(RUN) python -m questions lint vitamin-b12-blood-flow

format: setup  ## let ruff tidy the code
	@$(RUN) ruff check --fix --quiet .
	@$(RUN) ruff format .

bench: setup  ## measure; the figures of docs/performance.md
	@$(RUN) python -m benchmarks

clean:  ## remove what setup installed (never the data)
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
