"""Properties from the options of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bridge.pipeline import read_input, read_property
from certificates import Property, Robust
from certificates.properties import Norm
from certificates.properties.rationals import rationals
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["properties_from_options"]


def properties_from_options(
    graph: Graph,
    files: Sequence[Path] | None,
    inputs: Sequence[Path] | None,
    radii: Sequence[str] | None,
    norm: Norm,
    label: int | None,
    clip: str,
) -> list[Property]:
    """All properties that the options name: those of files first, then robustness.

    Raises InputError for options that do not go together, or files that cannot be used.
    """
    if inputs and not radii:
        raise InputError("--robust needs a radius; give --eps as well.")
    if radii and not inputs:
        raise InputError("--eps is the radius around an input; give --robust as well.")
    found = [read_property(path, graph) for path in files or ()]
    for path in inputs or ():
        found.extend(_robust(graph, path, radii or (), norm, label, clip))
    if not found:
        raise InputError("There is nothing to verify; give --property, or --robust and --eps.")
    return found


def _robust(
    graph: Graph, path: Path, radii: Sequence[str], norm: Norm, label: int | None, clip: str
) -> list[Property]:
    center = rationals(read_input(path), path.name)
    answer = _answer(graph, [float(value) for value in center]) if label is None else label
    properties = []
    for radius in radii:
        measure = "" if norm == "linf" else f" in {norm}"
        name = f"{path.stem} stays {answer} within {radius}{measure}"
        printable = "".join(c if c.isprintable() else "_" for c in name)[:200]
        prop = Robust(center, radius, label=answer, norm=norm, clip=_range(clip), name=printable)
        prop.check_against(graph)
        properties.append(prop)
    return properties


def _answer(graph: Graph, center: Sequence[float]) -> int:
    """The label that the network gives the input, in float32."""
    shape = graph.inputs[0].shape
    if len(center) != int(np.prod(shape)):
        raise InputError(
            f"The input has {len(center)} numbers, but the model takes {int(np.prod(shape))}."
        )
    return int(graph.evaluate(np.array(center, dtype=np.float32).reshape(shape)).argmax())


def _range(text: str) -> tuple[str, str] | None:
    if text == "none":
        return None
    low, comma, high = text.partition(",")
    if not comma:
        raise InputError(f"--clip is {text[:40]!r}; write LOW,HIGH such as 0,1, or none.")
    return low.strip(), high.strip()
