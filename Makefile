# make prints what there is; make setup is all that a fresh clone needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup all-steps demo test check clean constraints

bin := .venv/bin
stamps := .venv/.stamps
# a stamp is touched when its step is done: a step that broke, or whose files changed, is done (again) by the next make
steps := $(addprefix $(stamps)/,venv packages horovod jars newslabel classes)

# what not everybody needs is installed where it is asked for, and from then on kept up to date there
EXTRAS ?=
extras := bert
$(if $(filter-out $(extras),$(EXTRAS)),$(error EXTRAS may name $(extras). Received: $(EXTRAS)))
steps += $(foreach extra,$(extras),$(if $(filter $(extra),$(EXTRAS))$(wildcard $(stamps)/$(extra)),$(stamps)/$(extra)))

# any Python 3 that runs can tell what is missing, the right Python included
pythons = $(foreach name,python3 python python3.11 python3.12,$(shell $(name) -c '' 2> /dev/null && echo $(name)))
any_python = $(or $(firstword $(pythons)),$(error No Python runs here. Mend: apt-get install python3.11 python3.11-venv))

help: ## prints this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

setup: ## makes .venv with everything in it; quick where nothing changed (PYTHON=… names another Python, EXTRAS=bert adds BERT)
	@[ "$$(cat $(stamps)/place 2> /dev/null)" = "$$PWD" ] || rm -rf .venv # a .venv works only where it was made
	@$(MAKE) --question $(steps) 2> /dev/null || $(MAKE) --no-print-directory all-steps

all-steps:
	@python=$$(PYTHON='$(PYTHON)' $(any_python) tools/check_prerequisites.py) && $(MAKE) $(steps) PYTHON="$$python"
	@echo "newslabel is set up"

demo: setup ## the whole way, from crawl files to labels, on a corpus that it makes itself
	./spark-submit.sh run_demo

test: setup ## runs all tests
	$(bin)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: setup ## formatting, lint, types, and the direction of imports
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy --strict lib jobs bench
	MYPYPATH=tools/submit $(bin)/mypy --strict tools/*.py tools/submit
	$(bin)/lint-imports

clean: ## removes what setup and the checks made; data/ and the caches outside the checkout stay
	rm -rf .venv build lib/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

constraints: setup ## pins in constraints.txt what the requirements pull in, as .venv has it
	@echo "# What requirements.txt pulls in, pinned. Written by make constraints." > $(stamps)/constraints
	@$(bin)/python -m pip freeze --exclude horovod --exclude newslabel -r requirements.txt \
	    | sed '1,/^## The following requirements were added/d' >> $(stamps)/constraints
	@cmp -s $(stamps)/constraints constraints.txt || cp $(stamps)/constraints constraints.txt

$(stamps)/venv:
	rm -rf .venv
	'$(PYTHON)' -m venv .venv
	mkdir $(stamps) && pwd > $(stamps)/place && touch $@

$(stamps)/packages: requirements.txt constraints.txt $(stamps)/venv
	@echo "installing the packages (about 2 minutes, 450 MB where pip has not cached them)"
	$(bin)/python -m pip install -q --disable-pip-version-check -r requirements.txt -c constraints.txt
	@touch $@

$(stamps)/bert: requirements-bert.txt $(stamps)/packages
	@echo "installing the extra bert (under a minute, 120 MB)"
	$(bin)/python -m pip install -q --disable-pip-version-check --no-deps -r requirements-bert.txt
	@touch $@

$(stamps)/horovod: tools/build_horovod.sh $(stamps)/packages
	tools/build_horovod.sh
	@touch $@

$(stamps)/jars: tools/fetch_jars.py $(stamps)/packages
	$(bin)/python tools/fetch_jars.py
	@touch $@

$(stamps)/newslabel: pyproject.toml setup.py $(stamps)/packages
	$(bin)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(stamps)/classes: tools/share_classes.py $(stamps)/jars $(stamps)/newslabel
	@echo "keeping the classes that Spark loads at every start (200 MB, under a minute)"
	$(bin)/python tools/share_classes.py
	@touch $@
