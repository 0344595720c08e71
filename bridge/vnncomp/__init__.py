"""Benchmarks in the format of the verification competition VNN-COMP: decided, checked, proved.

Start at `runner.run_benchmark`. The modules are not imported here, so that a worker loads no more
than it needs.
"""
