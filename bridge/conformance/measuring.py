"""Whether the libraries that are installed here stay within a network's float32 budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.conformance.cupy_runs import cupy_backend
from bridge.conformance.inputs import sample
from bridge.conformance.numpy_runs import numpy_backend
from bridge.conformance.onnxruntime_runs import onnxruntime_backend
from bridge.conformance.runs import Backend
from bridge.conformance.torch_runs import torch_backend
from certificates.checker.float32 import check_budget
from certificates.float32 import Deviation, Meter, budget, joined
from certificates.properties import Box
from runtime.errors import InputError, LemmanetError
from runtime.graph import Graph

__all__ = ["BackendResult", "Conformance", "NodeResult", "conform", "hull", "known_backends"]


@dataclass(frozen=True, slots=True)
class NodeResult:
    """One node: its operator, and the worst of all runs."""

    node: str
    operator: str
    worst: Deviation


@dataclass(frozen=True, slots=True)
class BackendResult:
    """One library: the worst of its runs at each node it gave, and the worst setting."""

    name: str
    version: str
    runs: int
    nodes: dict[str, Deviation]
    setting: str

    @property
    def share(self) -> float:
        """The largest part of the budget that a deviation took."""
        return max(deviation.share for deviation in self.nodes.values())


@dataclass(frozen=True, slots=True)
class Conformance:
    """What was measured.

    Attributes:
        points: how many inputs.
        nodes: all nodes in order.
        backends: the libraries that ran.
        missing: the others, each with the reason.
    """

    points: int
    nodes: tuple[NodeResult, ...]
    backends: tuple[BackendResult, ...]
    missing: tuple[tuple[str, str], ...]

    @property
    def within(self) -> bool:
        """Whether every deviation of every run was within the budget."""
        return all(node.worst.within for node in self.nodes)


def conform(
    graph: Graph,
    boxes: Sequence[Box],
    *,
    samples: int = 12,
    seed: int = 0,
    backends: Sequence[Backend | tuple[str, str]] | None = None,
    on_step: Callable[[str], None] = lambda text: None,
) -> Conformance:
    """Run `graph` on inputs of the boxes with every library, beside the exact values.

    Args:
        graph: the network.
        boxes: input boxes; the budget is that of the smallest box around all of them.
        samples: about how many inputs.
        seed: of the random ones.
        backends: libraries, or (name, why it is missing); all that are known by default.
        on_step: told what is done next.

    Raises InputError and UnsupportedError for a network or box that has no float32 budget.
    """
    if not graph.nodes:
        raise InputError("The network computes nothing, so that there is nothing to measure.")
    whole = hull(boxes)
    on_step("budget")
    made = budget(graph, whole)
    checked = check_budget(made, graph, whole)
    if not checked.ok:
        raise LemmanetError(f"The float32 budget does not hold: {checked.message}")
    points = sample(graph, boxes, samples, seed)
    on_step(f"exact values of {len(points)} inputs")
    meter = Meter(graph, made, points)
    results, missing = [], []
    for backend in known_backends() if backends is None else backends:
        if isinstance(backend, tuple):
            missing.append(backend)
            continue
        on_step(backend.name)
        worst: dict[str, Deviation] = {}
        runs, share, setting = 0, -1.0, ""
        for run in backend.runs(graph, points):
            found = meter.measure(run.values, run.rows)
            largest = max(deviation.share for deviation in found.values())
            if largest > share:
                share, setting = largest, run.setting
            worst = joined(worst, found)
            runs += 1
        results.append(BackendResult(backend.name, backend.version, runs, worst, setting))
    total: dict[str, Deviation] = {}
    for result in results:
        total = joined(total, result.nodes)
    nodes = tuple(NodeResult(n.name, n.op.kind, total[n.name]) for n in graph.nodes)
    return Conformance(len(points), nodes, tuple(results), tuple(missing))


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box that contains all of them."""
    lows, highs = zip(*((box.lo, box.hi) for box in boxes), strict=True)
    return Box(tuple(map(min, zip(*lows, strict=True))), tuple(map(max, zip(*highs, strict=True))))


def known_backends() -> list[Backend | tuple[str, str]]:
    """Every library that is known: as a backend, or (name, why it is missing)."""
    found: list[Backend | tuple[str, str]] = [numpy_backend()]
    for name, make in (
        ("onnxruntime", onnxruntime_backend),
        ("PyTorch", torch_backend),
        ("CuPy", cupy_backend),
    ):
        backend = make()
        found.append((name, backend) if isinstance(backend, str) else backend)
    return found
