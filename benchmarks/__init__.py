"""What we claim about speed, memory and accuracy, runnable by anyone: `python -m benchmarks`."""
