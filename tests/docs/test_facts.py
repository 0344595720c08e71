"""What the documents say about the code is so: names, fields, operators, examples, excerpts."""

from __future__ import annotations

import ast
import json
import re
import shlex

import msgspec
import numpy as np
import onnx
import pytest
import typer
from onnx import TensorProto, helper

import lemmanet as ln
from bridge.cli.app import app
from bridge.export import Claim, lower, project_files
from bridge.importers.onnx.model import HANDLERS
from bridge.report.model import Claim as ClaimRecord
from bridge.report.model import Report
from bridge.report.verdicts import ExitCode, Verdict
from certificates.format import certificate_from_json
from certificates.properties import property_from_json
from runtime.digits import digits_network
from runtime.graph import GraphBuilder, Linear, Provenance, Relu
from tests.certificates.affine.support import empty_leaf

_LEAN_EXCERPTS = ("README.md", "docs/lean.md")


def test_python_blocks_use_public_names(document):
    for block in document.blocks("python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "ln":
                assert node.attr in ln.__all__, node.attr
    for name in re.findall(r"`ln\.(\w+)", document.prose):
        assert name in ln.__all__, name


def _commands():
    root = typer.main.get_command(app)
    for name, command in root.commands.items():
        if hasattr(command, "commands"):
            yield from ((f"{name} {inner}", c) for inner, c in command.commands.items())
        else:
            yield name, command


def test_commands_and_options_exist(document):
    known = dict(_commands())
    for block in document.blocks(""):
        for line in block.replace("\\\n", " ").splitlines():
            if not line.startswith("lemmanet "):
                continue
            words = shlex.split(line, comments=True)[1:]
            name = next((n for n in (" ".join(words[:2]), words[0]) if n in known), None)
            assert name is not None, line
            options = {option for p in known[name].params for option in p.opts}
            assert {word for word in words if word.startswith("--")} <= options, line


def test_every_verdict_and_exit_code_is_explained(docs):
    for name in ("README.md", "docs/TRUST.md"):
        rows = re.findall(r"^\| `(\w+)` \|", docs[name].text, re.MULTILINE)
        assert [v for v in rows if v in set(Verdict)] == [v.value for v in Verdict]
    for name in ("README.md", "docs/errors.md"):
        rows = {int(n) for n in re.findall(r"^\| (\d+) \|", docs[name].text, re.MULTILINE)}
        assert {int(code) for code in ExitCode} <= rows


@pytest.mark.parametrize("record", [Report, ClaimRecord])
def test_every_field_of_a_report_is_described(docs, record):
    text = docs["docs/report.md"].text
    for name in record.__struct_fields__:
        assert f"`{name}`" in text, name


def test_the_list_of_onnx_operators_is_complete(docs):
    text = docs["docs/errors.md"].text
    listed = text.partition("<!-- operators -->")[2].partition("<!-- end -->")[0]
    assert re.findall(r"`(\w+)`", listed) == sorted(HANDLERS)


def test_the_message_of_a_refusal_is_the_real_one(docs, tmp_path):
    shown = re.search(r"^error: (network\.onnx.*)$", docs["docs/errors.md"].text, re.MULTILINE)
    value = helper.make_tensor_value_info
    node = helper.make_node("Sigmoid", ["x"], ["y"], name="sigmoid_3")
    graph = helper.make_graph(
        [node],
        "network",
        [value("x", TensorProto.FLOAT, [1, 2])],
        [value("y", TensorProto.FLOAT, [1, 2])],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]),
        tmp_path / "network.onnx",
    )
    with pytest.raises(ln.UnsupportedError) as refusal:
        ln.load(tmp_path / "network.onnx")
    assert str(refusal.value) == shown.group(1)


def _tiny():
    """The network that docs/certificates.md writes out."""
    weights = [np.array(w, dtype=np.float32) for w in ([[1, -1], [0.5, 1]], [[1, -1], [-0.5, 1]])]
    shifts = [np.array(b, dtype=np.float32) for b in ([0, -1], [1, 0])]
    builder = GraphBuilder("tiny")
    x = builder.input((2,), "x")
    hidden = builder.add(Linear(weights[0], shifts[0]), x, hint="hidden")
    relu = builder.add(Relu(), hidden, hint="relu")
    last = builder.add(Linear(weights[1], shifts[1]), relu, hint="output")
    return builder.build(last, Provenance("runtime"))


def _examples(docs):
    prop, certificate = docs["docs/certificates.md"].blocks("json")[:2]
    return property_from_json(json.loads(prop)), json.loads(certificate)


def test_the_example_certificate_is_right(docs):
    prop, value = _examples(docs)
    result = ln.check_certificate(msgspec.convert(value, ln.Certificate), _tiny(), prop)
    assert result.ok, result.message
    assert [str(margin.exact) for margin in result.margins] == ["11/8"]


@pytest.mark.parametrize(("box", "side", "index", "by"), [(0, "lo", 0, 1), (1, "hi", 0, -1)])
def test_the_example_certificate_is_tight(docs, box, side, index, by):
    prop, value = _examples(docs)
    value["boxes"][box][side][index] += by
    result = ln.check_certificate(msgspec.convert(value, ln.Certificate), _tiny(), prop)
    assert not result.ok


def _ramp(docs):
    prop, certificate = docs["docs/certificates.md"].blocks("json")[2:]
    return property_from_json(json.loads(prop)), json.loads(certificate)


def test_the_affine_example_is_right(docs):
    prop, value = _ramp(docs)
    graph, same, made = empty_leaf()
    assert value == json.loads(msgspec.json.encode(made))
    assert prop.sha256() == same.sha256()
    result = ln.check_certificate(certificate_from_json(value, "example"), graph, prop)
    assert result.ok, result.message
    assert [margin.exact for margin in result.margins] == [0]


@pytest.mark.parametrize("row", range(4))
def test_the_affine_example_is_tight(docs, row):
    prop, value = _ramp(docs)
    value["root"]["batches"][0]["upper"]["num"][row] -= 1
    result = ln.check_certificate(certificate_from_json(value, "example"), empty_leaf()[0], prop)
    assert not result.ok
    assert f"row {row}" in result.message


@pytest.fixture(scope="module")
def exported():
    """All Lean text of the example's project, with weights that make the proof easy."""
    module = digits_network()
    list(module.parameters())[-1].data[6] = 100.0
    graph = lower(ln.capture(module, (64,), name="digits"))
    prop = ln.Robust(np.zeros(64, dtype=np.float32), eps=0.02, label=6, name="first image")
    certificate = ln.produce(graph, prop, 0)
    assert isinstance(certificate, ln.Certificate)
    claim = Claim("first_image", prop, "holds", (certificate,))
    files, _ = project_files(graph, [claim])
    return "\n".join(files[path].decode() for path in sorted(files) if path.endswith(".lean"))


@pytest.mark.parametrize("name", _LEAN_EXCERPTS)
def test_lean_excerpts_are_real(docs, exported, name):
    """Excerpts of exported files stand there word for word; `def w` is the example by hand."""
    excerpts = [block for block in docs[name].blocks("lean") if not block.startswith("def w :")]
    assert excerpts
    for excerpt in excerpts:
        assert excerpt.strip() in exported, excerpt
