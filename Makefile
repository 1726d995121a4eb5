.DEFAULT_GOAL := help
.PHONY: help lint test pure bounds bench docs check

help:    ## list the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/'
lint:    ## style, format and import contracts
	ruff check . && ruff format --check . && lint-imports
test:    ## compiled tests, doctests, benchmarks as smoke tests
	python -m pytest
pure:    ## plain Python, with coverage of the kernels
	NUMBA_DISABLE_JIT=1 python -m pytest tests -m "not slow" --cov --cov-report=term
bounds:  ## every array index checked
	NUMBA_BOUNDSCHECK=1 python -m pytest tests -m "not slow"
bench:   ## run the benchmarks on one thread, then write their tables into README.md and docs
	NUMBA_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m pytest benchmarks --benchmark-enable --benchmark-json=benchmarks/results.json && python -m benchmarks.table
docs:    ## build the site; the examples are run
	KEXUESTAT_NUMBA_CACHE=0 sphinx-build -W -b html docs docs/_build/html
check: lint test pure bounds  ## everything before a merge
