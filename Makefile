# Two commands matter: `make demo` and `make test`. Everything lives in .venv, .uv and var; nothing global is installed.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$name -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' 2>/dev/null && break; done)
UV := $(or $(shell command -v uv),.uv/bin/uv)
PORT ?= 8000
ARGS ?=
PARALLEL ?= 4
IN_VENV := .venv/bin/python
READY := .venv/.ready
CARDS := .venv/.cards
SECRET = $$($(IN_VENV) -c 'import secrets; print(secrets.token_hex(32))')

.PHONY: demo demo-reset test cards check sbom format bench chaos chaos-mutants pins

demo: $(READY)
	@PORT=$(PORT) DJANGO_SETTINGS_MODULE=gridapp.demo.settings exec $(IN_VENV) manage.py demo $(ARGS)

demo-reset: $(READY) ## starts over: all that was entered in the demo is lost
	@PORT=$(PORT) DJANGO_SETTINGS_MODULE=gridapp.demo.settings exec $(IN_VENV) manage.py demo --reset $(ARGS)

test: $(READY) $(CARDS)
	@# Some hundred processes are started meanwhile: what the first of them compiled is kept for the others.
	@browser=$$(.ci/browser) && PYTHONDONTWRITEBYTECODE= BROWSER_PATH="$$browser" \
		$(IN_VENV) -m pytest -n $(PARALLEL) --dist loadscope $(ARGS)

cards: $(CARDS) ## adds what reads identity cards, about 110 MB; the demo offers it from then on

check: $(READY)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy .
	.venv/bin/lint-imports
	GRIDAPP_VAR=var/test EMBEDDED_FAST=1 $(IN_VENV) manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, as in production, with secrets made on the fly"
	@export GRIDAPP_DEBUG=0 SECRET_KEY=$(SECRET)$(SECRET) INDEX_KEY=$(SECRET) SEALING_KEYS=1:aes:$(SECRET) AUDIT_KEYS=1:$(SECRET) \
		TABLET_KEYS=$$($(IN_VENV) -c 'from gridapp import tablet_keys; print(tablet_keys.make(1))') \
		DATABASE_URL=postgresql://nobody@localhost:1/none BROKER_URL=amqp://localhost:1 ALLOWED_HOSTS=localhost \
		STATIC_ROOT=var/static; \
		$(IN_VENV) manage.py check --deploy --fail-level WARNING && $(IN_VENV) manage.py collectstatic --noinput -v 0

	@$(MAKE) --no-print-directory sbom

sbom: $(READY) ## what the product is made of, as CycloneDX: var/sbom.json; the same environment gives the same file
	@mkdir -p var
	@.venv/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
		-o var/sbom.json $(IN_VENV)
	@echo "var/sbom.json: what the product is made of"

format: $(READY)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: $(READY) ## ARGS="--quick", "--write" (docs/performance.md), "--mode drain killed"
	@$(IN_VENV) manage.py bench $(ARGS)

chaos: $(READY) ## everything breaks for ten minutes, then the judge looks; ARGS="--short --seed 2", "rolling", "idle"
	@$(IN_VENV) -m tests.chaos.run $(ARGS)

chaos-mutants: $(READY) ## known-bad designs, each of which the judge must find out; ARGS="no-token short-lease"
	@$(IN_VENV) -m tests.chaos.run_mutants $(ARGS)

pins: $(UV) ## the newest versions that go together, written into pyproject.toml
	$(PYTHON) .ci/pins $(UV)

# uv does not read pip's configuration: the mirror that this machine has for pip is good for uv too.
define SYNC
mirror="$${UV_DEFAULT_INDEX:-$${UV_INDEX_URL:-$${PIP_INDEX_URL:-$$($(PYTHON) -m pip config get global.index-url \
		2>/dev/null)}}}"; $(UV) sync --quiet --python "$(PYTHON)" $${mirror:+--default-index "$$mirror"}
endef

# Made again only when a dependency may have changed: a second run needs no network. What was added once stays.
$(READY): pyproject.toml $(UV)
	@echo "Making the environment in .venv (once, about half a minute) …"
	@$(SYNC) $(if $(wildcard $(CARDS)),--extra ocr)
	@touch $@

# Half as large again as all the rest: the demo does without it until somebody asks; the tests ask.
$(CARDS): | $(READY)
	@echo "Adding what reads identity cards (once, about 110 MB) …"
	@$(SYNC) --extra ocr
	@touch $@

.uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@echo "No uv here: getting one of our own into .uv …"
	@$(PYTHON) -m venv .uv || { rm -rf .uv; echo "python3 has no venv: apt-get install python3-venv"; exit 1; }
	@.uv/bin/pip install --quiet uv
