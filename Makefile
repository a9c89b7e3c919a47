# Everything from a clean checkout with Python >= 3.11 and make. `make run` serves, `make test` proves.

ARGS ?=
# tests run side by side in this many processes, each with its own database and browser
WORKERS ?= auto

VENV := .venv
PY   := $(VENV)/bin/python
UV   := $(shell command -v uv 2>/dev/null)
FIND_PYTHON = for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done

# checks read the settings but no installation's data
CHECK := env SECRET_KEY=check FIELD_KEYS=check HASH_KEY=check VAR_DIR=$(VENV)/check DATABASE_URL= REDIS_URL= HASHED_STATIC_NAMES=0 $(PY)

.PHONY: help run dev test lint format messages lock bench screenshots
help:
	@echo "make run | test | dev | lint | format | messages | lock | bench | screenshots"
	@echo "    PORT=8001 make run      another port"
	@echo "    DEMO=0 make run         without demo data"
	@echo "    make test ARGS='-k order'"

$(PY):
ifdef UV
	@python=$$($(FIND_PYTHON)); $(UV) venv -q $${python:+--python "$$python"} $(VENV)
else
	@python=$$($(FIND_PYTHON)); \
	test -n "$$python" || { echo "Python 3.11 or newer is needed."; exit 1; }; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); echo "This Python cannot make virtual environments (Debian: apt-get install python3-venv)."; exit 1; }
endif

define install
	@echo "Installing $(1) ..."
	@$(if $(UV),$(UV) pip install -q --python $(PY) --require-hashes -r $(1),$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r $(1))
endef

$(VENV)/.run: requirements.txt | $(PY)
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(PY)
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.run

run: $(VENV)/.run
	@$(PY) -m haimengyuan.lib.secrets_file
	@exec $(PY) manage.py serve

dev: $(VENV)/.dev
	@$(PY) -m haimengyuan.lib.secrets_file
	@DEBUG=1 exec $(PY) manage.py serve --reload

test: $(VENV)/.dev
	@command -v "$${CHROMIUM:-chromium}" >/dev/null || command -v google-chrome >/dev/null || \
		echo "No Chromium on PATH: browser tests are skipped (Debian: apt-get install chromium fonts-noto-cjk)."
	@$(PY) -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/.dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(VENV)/bin/lint-imports --no-logo >$(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }
	@$(CHECK) manage.py makemigrations --check --dry-run
	@$(CHECK) manage.py check_templates
	@$(VENV)/bin/djlint templates --lint --quiet

format: $(VENV)/.dev
	@$(PY) -m ruff check --fix --select I .
	@$(PY) -m ruff format .

messages: $(VENV)/.dev
	@command -v xgettext >/dev/null || { echo "GNU gettext is needed (Debian: apt-get install gettext)."; exit 1; }
	@$(CHECK) manage.py makemessages -l en --no-obsolete --no-location --ignore '$(VENV)/*' --ignore 'tests/*'

lock: | $(PY)
	@uv="$(UV)"; if [ -z "$$uv" ]; then $(PY) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -q uv; uv=$(VENV)/lock/bin/uv; fi; \
	for name in requirements requirements-dev; do \
		"$$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--custom-compile-command "make lock" $(ARGS) $$name.in -o $$name.txt || exit 1; done

bench: $(VENV)/.dev
	@$(PY) -m bench $(ARGS)

screenshots: $(VENV)/.dev
	@$(PY) docs/screenshots.py $(ARGS)
