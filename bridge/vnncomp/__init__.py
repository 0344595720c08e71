"""Benchmarks in the format of the verification competition VNN-COMP: decided, checked, proved."""

from bridge.vnncomp.instances import Benchmark, Instance, read_benchmark
from bridge.vnncomp.options import Options
from bridge.vnncomp.runner import run_benchmark

__all__ = ["Benchmark", "Instance", "Options", "read_benchmark", "run_benchmark"]
