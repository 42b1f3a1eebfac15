"""The statements that one hold and one confirmation really run, as pgbench scripts.

Kept beside the application by `tests/test_benchmarks.py`, which counts the statements of both.
"""
HOLD = ""
CONFIRM = ""
