"""Run every benchmark, one table each. Those that train or start a server take minutes."""

from benchmarks import core, coverage, nlu, reading, safety, terminal

core.main()
reading.main()
safety.main([])
terminal.main()
coverage.main([])
nlu.main(["--threshold"])
nlu.main(["--leave-out"])
nlu.main([])
