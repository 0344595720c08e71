"""Runs with onnxruntime: every node's value, and the output as its own optimizer leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridge.conformance.numpy_runs import BATCHES
from bridge.conformance.runs import Backend, Run, blocks
from bridge.exporters import to_onnx
from runtime.errors import InputError
from runtime.graph import FloatArray, Graph

__all__ = ["onnxruntime_backend"]

_THREADS = (1, 2, 4)


def onnxruntime_backend() -> Backend | str:
    """The backend, or why it is missing."""
    try:
        import onnxruntime
    except ImportError:
        return "onnxruntime is not installed"
    return Backend("onnxruntime", onnxruntime.__version__, _runs)


def _runs(graph: Graph, points: FloatArray) -> Iterator[Run]:
    every = tuple(node.name for node in graph.nodes)
    for outputs, what in ((every, "all nodes"), ((graph.output,), "optimized")):
        sessions: dict[tuple[int, int], Any] = {}
        for size, rows in blocks(len(points), BATCHES):
            count = rows.stop - rows.start
            for threads in _THREADS:
                if (count, threads) not in sessions:
                    sessions[count, threads] = _session(graph, outputs, count, threads)
                found = sessions[count, threads].run(
                    list(outputs), {graph.inputs[0].name: points[rows]}
                )
                setting = f"{what}, batch {size}, {threads} threads"
                yield Run(setting, rows, dict(zip(outputs, found, strict=True)))


def _session(graph: Graph, outputs: tuple[str, ...], batch: int, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    data = to_onnx(graph, batch=batch, outputs=outputs).SerializeToString()
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no public base class
        raise InputError(f"onnxruntime refuses the model: {str(error)[:200]}") from error
