"""Runs with NumPy: its own order, and chosen orders of every sum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bridge.conformance.runs import Backend, Run, blocks
from certificates.search.gradient import tensor_gradients
from runtime.errors import UnsupportedError
from runtime.graph import FloatArray, Graph, evaluate
from runtime.graph.orders import ORDERS, Order, evaluate_in_order

__all__ = ["BATCHES", "numpy_backend"]

BATCHES = (1, 3, 64)
"""Batch sizes that every backend runs."""


def numpy_backend() -> Backend:
    """NumPy is always there."""
    return Backend("NumPy", np.__version__, _runs)


def _runs(graph: Graph, points: FloatArray) -> Iterator[Run]:
    whole = slice(0, len(points))
    for size, rows in blocks(len(points), BATCHES):
        values = evaluate.run(graph, points[rows], keep_all=True)
        yield Run(f"batch {size}", rows, values)
    for order in ORDERS:
        yield Run(f"{order.name} sums", whole, evaluate_in_order(graph, points, order))
    yield from _pushed(graph, points)


def _pushed(graph: Graph, points: FloatArray) -> Iterator[Run]:
    """Orders that try to move single outputs, up and down, by the signs of their derivatives."""
    order = Order("pushed")
    values = evaluate.run(graph, points, keep_all=True)
    flat = values[graph.output].reshape(len(points), -1)
    top = np.argsort(flat, axis=1)
    for sign in (1, -1):
        wanted = np.zeros_like(flat)
        for column in {0, min(1, flat.shape[1] - 1)}:
            # The largest and the second output, which is where labels change.
            np.put_along_axis(wanted, top[:, -1 - column][:, None], sign * (-1) ** column, axis=1)
        try:
            directions = tensor_gradients(graph, values, wanted)
        except UnsupportedError:
            return
        name = f"sums pushed {'up' if sign > 0 else 'down'} at the top output"
        yield Run(name, slice(0, len(points)), evaluate_in_order(graph, points, order, directions))
