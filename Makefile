# The same words work without make: python scripts/dev.py demo
PYTHON ?= python3

.PHONY: setup demo test soak lint generate
setup demo test soak lint generate:
	@$(PYTHON) scripts/dev.py $@ $(ARGS)
