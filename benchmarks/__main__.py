"""Run every benchmark, one table each. Those that train or start a server take minutes."""

from benchmarks import core, coverage, nlu, page, reading, safety, terminal, vectors

core.main()
reading.main()
safety.main([])
terminal.main()
page.main()
coverage.main([])
vectors.main([])
nlu.main(["--threshold"])
nlu.main(["--leave-out"])
nlu.main(["--no-stock"])
# Side by side with stock Rasa, which takes hours for all the examples: both are taught the same fifth of them.
nlu.main(["--share", "0.2"])
