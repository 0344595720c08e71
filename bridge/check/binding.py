"""Binding: the numbers in the Lean files are those of the network and of the property, exactly.

This reader parses the Lean text with its own grammar (`constants`, `statements`) and does not use
the exporter, so that a fault of the exporter cannot hide itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bridge.check.bundle import Bundle
from bridge.check.constants import LeanConst, read_boxes, read_constants
from bridge.check.lean_reader import ReadError
from bridge.check.statements import (
    PropertyFile,
    about_runs,
    compare_property,
    read_definitions,
)
from certificates.results import approximate
from runtime.graph import Affine, Constant, Conv2d, Graph, Linear, Node

__all__ = ["compare_float32", "compare_properties", "compare_weights"]

Floats = NDArray[np.float32]


def compare_weights(bundle: Bundle) -> list[str]:
    """How the constants in `Weights/` differ from the parameters of the graph, bit for bit."""
    try:
        found = _weight_constants(bundle)
    except ReadError as error:
        return [f"a weight constant cannot be read: {error}"]
    problems = []
    expected = {name: (values, below) for name, values, below in _parameters(bundle.graph)}
    for name in sorted(expected.keys() - found.keys()):
        problems.append(f"the constant {name} is missing from the Lean sources")
    for name in sorted(found.keys() - expected.keys()):
        problems.append(f"the constant {name} belongs to no parameter of the network")
    for name in sorted(expected.keys() & found.keys()):
        values, divisors = expected[name]
        if difference := _difference(found[name], values, divisors):
            problems.append(
                f"the constant {name} is not the parameter of the network: {difference}"
            )
    return problems


def compare_properties(bundle: Bundle) -> dict[str, list[str]]:
    """For each claim, how its Lean proposition differs from its property."""
    text = bundle.text(f"{bundle.manifest.root}/Property.lean")
    if text is None:
        return {claim.id: ["Property.lean cannot be read"] for claim in bundle.claims}
    try:
        file = PropertyFile(read_constants(text), read_boxes(text), read_definitions(text))
    except ReadError as error:
        return {claim.id: [f"Property.lean: {error}"] for claim in bundle.claims}
    shape = bundle.graph.inputs[0].shape
    problems: dict[str, list[str]] = {}
    for claim in bundle.claims:
        numbers = [certificate.case for certificate in claim.certificates]
        single = len(numbers) == 1
        names = {n: claim.id if single else f"{claim.id}_case_{n}" for n in numbers}
        prop = claim.prop.bind(bundle.graph)
        if claim.direction == "holds" and numbers != list(range(len(prop.cases))):
            problems[claim.id] = ["the claim does not cover all cases of its property"]
            continue
        try:
            found = compare_property(file, claim.id, claim.direction, prop, names, shape)
        except ReadError as error:
            found = [str(error)]
        problems[claim.id] = found
    return problems


def compare_float32(bundle: Bundle) -> dict[str, list[str]]:
    """For each claim, how what its Lean proposition says of binary32 runs differs from what the one
    about exact values says; nothing for claims without."""
    found: dict[str, list[str]] = {claim.id: [] for claim in bundle.claims}
    asked = [claim for claim in bundle.claims if claim.float32 is not None]
    if not asked:
        return found
    root = bundle.manifest.root
    texts = (bundle.text(f"{root}/Property.lean"), bundle.text(f"{root}/Float32.lean"))
    try:
        exact, runs = (read_definitions(text or "") for text in texts)
    except ReadError as error:
        return found | {claim.id: [f"Float32.lean: {error}"] for claim in asked}
    for claim in asked:
        body, name = runs.get(f"{claim.id}_float32"), exact.get(claim.id)
        if body is None or name is None:
            found[claim.id] = [f"Float32.lean does not define {claim.id}_float32"]
        elif body != about_runs(name):
            problem = f"the proposition {claim.id}_float32 is not that of all binary32 runs"
            found[claim.id] = [problem]
    return found


def _weight_constants(bundle: Bundle) -> dict[str, LeanConst]:
    """Every constant of the project that is not part of a property or certificate."""
    root = bundle.manifest.root
    found: dict[str, LeanConst] = {}
    for module, text in bundle.modules().items():
        if module == f"{root}.Property" or module.startswith(f"{root}.Certificate."):
            continue
        for name, constant in read_constants(text).items():
            if name in found:
                raise ReadError(f"{name} is defined in two files")
            found[name] = constant
    return found


def _parameters(graph: Graph) -> Iterator[tuple[str, Floats, Floats | None]]:
    """Name, values in the layout of the Lean library, and divisors where there are any."""
    for node in graph.nodes:
        for role, values, divisors in _roles(node):
            yield f"{node.name}_{role}", values, divisors


def _roles(node: Node) -> Sequence[tuple[str, Floats, Floats | None]]:
    match node.op:
        case Linear(weight=weight, bias=bias):
            return [("weight", weight.T, None), ("bias", bias, None)]
        case Conv2d(weight=weight, bias=bias):
            return [("weight", weight, None), ("bias", bias, None)]
        case Affine(scale=scale, shift=shift, divisor=divisor):
            return [("scale", scale, divisor), ("shift", shift, None)]
        case Constant(value=value):
            return [("value", value, None)]
    return []


def _difference(lean: LeanConst, values: Floats, divisors: Floats | None) -> str | None:
    """The first entry of `lean` that is not `values` (over `divisors`), or None."""
    if lean.shape != values.shape:
        return f"its shape is {list(lean.shape)}, not {list(values.shape)}"
    flat = values.reshape(-1).tolist()
    below = [1.0] * len(flat) if divisors is None else divisors.reshape(-1).tolist()
    for k, (numerator, value, divisor) in enumerate(zip(lean.numerators, flat, below, strict=True)):
        top, bottom = value.as_integer_ratio()
        if divisor != 1.0:
            exact = Fraction(top, bottom) / Fraction(divisor)
            top, bottom = exact.numerator, exact.denominator
        if numerator * bottom != top * lean.den:
            return f"entry {k} is {approximate(lean.value(k))!r}, the network has {value!r}"
    return None
