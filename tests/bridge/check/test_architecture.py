"""The reader of Model.lean: every operator is recognized, every deviation is found."""

from __future__ import annotations

import re

import pytest

from bridge.check.architecture import compare_model
from bridge.check.bundle import Bundle
from bridge.export.render import render

from ..graphs import every_operator


def test_every_operator_is_read_back() -> None:
    graph = every_operator()
    assert {node.op.kind for node in graph.nodes} >= {"Conv2d", "Slice", "Pad", "Concat", "Clip"}
    text = render(graph, [], "All").files["All/Model.lean"]
    assert compare_model(text, graph) == []


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"\.relu :", ".abs :", "the operator is abs"),
        (r"\.maxPool2d", ".avgPool2d", "the operator"),
        (r"kernel := \(3, 3\)", "kernel := (3, 2)", "parameters of conv2d"),
        (r"stride := \(2, 1\)", "stride := (1, 2)", "parameters of conv2d"),
        (r"padding := \(1, 0\)", "padding := (0, 1)", "parameters of conv2d"),
        (r"dilation := \(1, 2\)", "dilation := (2, 1)", "parameters of conv2d"),
        (r"\} 2 conv2d_weight", "} 1 conv2d_weight", "parameters of conv2d"),
        (r"conv2d_weight conv2d_bias", "conv2d_bias conv2d_weight", "parameters of conv2d"),
        (r"affine_scale affine_shift", "affine_shift affine_scale", "parameters of affine"),
        (r"\.leakyRelu \d+", ".leakyRelu 1", "parameters of leakyRelu"),
        (r"\.leakyRelu \d+", ".leakyRelu " + "9" * 5000, "thousands of digits"),
        (r"\(some \(-3, 2\)\)", "(some (3, 2))", "parameters of clip"),
        (r"\(some \(-3, 2\)\) none", "none (some (-3, 2))", "parameters of clip"),
        (r"\} true", "} false", "parameters of avgPool2d"),
        (r"\.transpose \[0, 2, 1\]", ".transpose [0, 1, 2]", "parameters of transpose"),
        (r"\.pad \[0, 1, 0\]", ".pad [0, 0, 1]", "parameters of pad"),
        (r"\.concat (\d+) (\d+)", r".concat \2 \1", "parameters of concat"),
        (r"\.reduceSum 2", ".reduceSum 1", "parameters of reduceSum"),
        (r"(\.sub [^\n]*\) )(\w+) (\w+) fun", r"\1\3 \2 fun", "what it reads"),
        (r"\n  result \w+", "\n  result relu", "what is returned"),
        (r"\[2, 6, 6\]\]", "[2, 6, 7]]", "the shape"),
        (r"fun relu =>", "fun abs =>", "bound twice"),
        (
            r"(?s)fun leaky_relu =>(.*?) leaky_relu fun",
            r"fun affine_scale =>\1 affine_scale fun",
            "hides the constant",
        ),
        (r"step \(\.relu", "join (.relu", "the number of inputs"),
        (r"def model", "def modell", "no definition"),
        (r"\nend All", "\ndef model : Prog x\nend All", "'end' is expected"),
        (r"end All\n", "end All\ndef model : Prog x", "the end is expected"),
        (r"end All", "/- end All", "does not end"),
    ],
)
def test_a_deviation_is_found(pattern: str, replacement: str, message: str) -> None:
    graph = every_operator()
    text = render(graph, [], "All").files["All/Model.lean"]
    changed, count = re.subn(pattern, replacement, text, count=1)
    assert count == 1
    assert changed != text
    (problem,) = compare_model(changed, graph)
    assert message in problem


def test_an_exported_model_is_read_back(bundle: Bundle) -> None:
    assert compare_model(bundle.text("Tiny/Model.lean") or "", bundle.graph) == []
