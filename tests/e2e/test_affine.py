"""Affine certificates in Lean: what interval bounds leave open is proved, a cut line is not."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path

import numpy as np
import pytest

import lemmanet as ln
from bridge import toolchain
from certificates import AffineCertificate, Undecided, produce, produce_affine
from runtime.graph import (
    Abs,
    Add,
    Affine,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    GlobalAvgPool,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    Maximum,
    MaxPool2d,
    Minimum,
    Neg,
    Pad,
    Provenance,
    ReduceMean,
    ReduceSum,
    Relu,
    Slice,
    Sub,
    Transpose,
)

pytestmark = [pytest.mark.lean, pytest.mark.slow]
CENTER = np.array([0.2, 0.7, 0.4, 0.5], np.float32)


def tangled() -> Graph:
    """Every operator that rows pass, values that are used twice, a skip over two layers."""
    rng = np.random.default_rng(1)

    def layer(outputs: int, inputs: int) -> Linear:
        weight = rng.standard_normal((outputs, inputs)) / np.sqrt(inputs)
        bias = rng.standard_normal(outputs) * 0.1
        return Linear(weight.astype(np.float32), bias.astype(np.float32))

    builder = GraphBuilder("tangled")
    first = builder.add(layer(6, 4), builder.input((4,)))
    kinked = builder.add(Relu(), first)
    bent = builder.add(Maximum(), builder.add(layer(6, 6), kinked), kinked)
    both = builder.add(Add(), bent, builder.add(Minimum(), kinked, builder.add(Abs(), first)))
    leaky = builder.add(LeakyRelu(np.float32(0.125)), both)
    scale = Affine(np.float32([0.5, -1.25]), np.float32([0.25, 0.0]), None)
    rest = builder.add(Sub(), builder.add(scale, leaky), builder.add(Neg(), first))
    output = builder.add(layer(3, 6), builder.add(Abs(), rest))
    return builder.build(output, Provenance("runtime"))


def test_a_tangled_network_is_proved_and_a_line_that_cuts_is_refused(tmp_path: Path) -> None:
    graph, project = tangled(), tmp_path / "proof"
    label = int(graph.evaluate(CENTER).argmax())
    prop = ln.Robust(CENTER, "0.07", label=label, clip=None, name="stays")
    assert isinstance(produce(graph, prop, 0), Undecided)
    affine = produce_affine(graph, prop, 0)
    assert isinstance(affine, AffineCertificate)
    assert any(isinstance(box.batch, int) for box in affine.root.boxes)  # type: ignore[attr-defined]

    report = ln.verify(graph, prop, project)
    (claim,) = report.claims
    assert (claim.verdict.value, claim.message) == ("proved", "")

    # Lean alone, with another coefficient of an activation's argument.
    file = project / "Tangled" / "Certificate" / "Stays.lean"
    text = file.read_text()
    found = re.search(r"def \w+_relaxed1 : Rows where.*?entries := \[\n\s*nat_lit 0x", text, re.S)
    assert found is not None
    digit = text[found.end()]
    file.write_text(text[: found.end()] + ("1" if digit > "7" else "e") + text[found.end() + 1 :])
    result = toolchain.build(project, None, toolchain=toolchain.select())
    (changed,) = [m for m in result.modules if m.module == "Tangled.Certificate.Stays"]
    assert changed.status == "failed"
    lines = file.read_text().splitlines()
    errors = [item for item in changed.diagnostics if item.severity == "error"]
    # A check does not hold; the definitions themselves are in order.
    assert errors
    assert all("by decide +kernel" in lines[error.line - 1] for error in errors)


def pictured() -> Graph:
    """Convolutions with strides, padding, groups and dilation; pools, sums, parts and copies."""
    rng = np.random.default_rng(0)

    def numbers(*shape: int) -> np.ndarray:
        scale = np.sqrt(np.prod(shape[1:]))
        return (rng.standard_normal(shape) / scale).astype(np.float32)

    def layer(channels: int, inputs: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        return numbers(channels, inputs, side, side), numbers(channels) / np.float32(8)

    builder = GraphBuilder("pictured")
    wide = builder.add(Pad((0, 1, 0), (0, 0, 1), np.float32(0.25)), builder.input((1, 5, 5)))
    conv = Conv2d(*layer(4, 1, 3), stride=(2, 2), padding=(1, 1, 0, 1))
    first = builder.add(Relu(), builder.add(conv, wide))
    conv = Conv2d(*layer(4, 2, 2), padding=(1, 1, 1, 1), dilation=(1, 2), groups=2)
    second = builder.add(Relu(), builder.add(conv, first))
    pool = AvgPool2d((2, 2), (2, 2), (1, 0, 0, 0), count_include_pad=True)
    small = builder.add(pool, second)
    peaks = builder.add(MaxPool2d((2, 2), (3, 2), (0, 1, 0, 0)), second)
    corner = builder.add(Slice((0, 1, 1), (1, -1, 1), (4, 2, 1)), first)
    both = builder.add(Transpose((1, 2, 0)), builder.add(Concat(2), small, corner))
    sums = builder.add(ReduceMean((1,), False), builder.add(ReduceSum((0,), True), both))
    means = builder.add(GlobalAvgPool(), second)
    flat = [builder.add(Flatten(), value) for value in (sums, means, peaks)]
    joined = builder.add(Concat(0), builder.add(Concat(0), *flat[:2]), flat[2])
    size = prod(builder.shape_of(joined))
    output = builder.add(Linear(numbers(3, size), np.zeros(3, np.float32)), joined)
    return builder.build(output, Provenance("runtime"))


def test_convolutions_pools_and_copies_are_proved(tmp_path: Path) -> None:
    graph = pictured()
    image = np.random.default_rng(1).random((1, 5, 5)).astype(np.float32)
    label = int(graph.evaluate(image).argmax())
    prop = ln.Robust(image, "0.1", label=label, clip=None, name="stays")
    assert isinstance(produce(graph, prop, 0), Undecided)
    (claim,) = ln.verify(graph, prop, tmp_path / "proof").claims
    assert (claim.verdict.value, claim.message) == ("proved", "")
