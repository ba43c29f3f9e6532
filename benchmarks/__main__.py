"""Run every benchmark, one table each."""

from benchmarks import core

core.main()
