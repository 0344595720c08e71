"""A picture of measured deviations beside the float32 budget, layer by layer."""

from __future__ import annotations

from pathlib import Path

from bridge.conformance.measuring import Conformance
from runtime.errors import InfrastructureError, InputError

__all__ = ["save_plot"]

_SUFFIXES = (".png", ".svg", ".pdf")
_LEAST = 1e-18
"""Where a deviation of zero is drawn."""


def save_plot(result: Conformance, path: Path, title: str) -> None:
    """Draw the budget of each node and the largest deviation of each library, on a log scale.

    Raises InputError for another suffix than .png, .svg or .pdf, or a folder that is missing;
    InfrastructureError where matplotlib is not installed.
    """
    if path.suffix not in _SUFFIXES:
        raise InputError(f"{path.name}: a plot is one of {', '.join(_SUFFIXES)}.")
    if not path.parent.is_dir():
        raise InputError(f"{path.name}: its folder does not exist.")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InfrastructureError(
            "matplotlib is not installed, so that nothing can be drawn; install the extra 'plot'"
        ) from error
    names = [node.node for node in result.nodes]
    figure = Figure(figsize=(max(6.0, 0.45 * len(names) + 2.0), 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    budgets = [node.worst.budget for node in result.nodes]
    axes.plot(names, budgets, "k_", markersize=14, markeredgewidth=2, label="budget")
    for backend, marker in zip(result.backends, "osD^v", strict=False):
        found = {name: max(deviation.measured, _LEAST) for name, deviation in backend.nodes.items()}
        axes.plot(list(found), list(found.values()), marker, markersize=5, label=backend.name)
    axes.set_yscale("log")
    axes.set_ylabel("|float32 value − exact value|")
    axes.tick_params(axis="x", rotation=60)
    axes.set_title(title)
    axes.legend()
    figure.savefig(path)
