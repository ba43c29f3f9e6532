"""Run every benchmark, one table each."""

from benchmarks import core, reading

core.main()
reading.main()
