# Everything a person or CI needs. `make help` lists the commands from the comments behind them.
PORT ?= 5005
export RASA_TELEMETRY_ENABLED := false
HELPLINE := .venv/bin/helpline

.DEFAULT_GOAL := help
.PHONY: help serve chat check test bench soak audit lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: ## set up, train if needed, and serve the page and the API (PORT=5005) until Ctrl-C
	@scripts/setup
	@$(HELPLINE) serve --port $(PORT)

chat: ## the same, ending in the terminal chat (PLAIN=1 for a screen reader)
	@scripts/setup
	@$(HELPLINE) chat --start --url http://127.0.0.1:$(PORT) $(if $(PLAIN),--plain)

check: ## about a minute: lint, types, knowledge, fast tests; no training
	@scripts/setup dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	$(HELPLINE) check
	.venv/bin/python -m benchmarks.reading
	.venv/bin/pytest -q -m "not slow"

test: ## the whole test suite, the page in a real browser included, from a fresh clone
	@scripts/setup dev
	@scripts/tools
	@$(HELPLINE) train
	scripts/test-widget
	.venv/bin/pytest

bench: ## speed, memory and accuracy, as a table
	@scripts/setup dev
	@$(HELPLINE) train
	.venv/bin/python -m benchmarks

soak: ## two hours: load, crash rounds, ten thousand bad inputs; figures for docs/serving.md
	@scripts/setup dev
	@scripts/tools
	@$(HELPLINE) train
	.venv/bin/python -m benchmarks.load --seconds 60 --turns 10000
	.venv/bin/python -m benchmarks.faults --rounds 10
	.venv/bin/python -m benchmarks.faults --rounds 50 --only "kill -9 of Rasa"
	HELPLINE_TEST_SOAK=1 .venv/bin/pytest -q --timeout 7200 tests/test_server.py tests/test_server_faults.py tests/test_deploy.py

audit: ## compare the locked packages with the problems that are known of them (needs pypi.org)
	@scripts/setup dev
	@scripts/tools
	.venv-tools/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt
	.venv-tools/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements-dev.txt

lock: ## write the locked requirements anew (needs uv and a network)
	scripts/lock

clean: ## take away everything that was built
	rm -rf .venv .venv-tools scripts/tools-of-node/node_modules .rasa .helpline models logs results
