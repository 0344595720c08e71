"""Models that are refused: by name, in one sentence, with nothing written."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

from bridge.importers import from_onnx, load_model
from runtime.errors import InputError, UnsupportedError
from tests.bridge.importers.models import floats, ints, model, node

X = {"x": [1, 4]}
IMAGE = {"x": [1, 2, 6, 6]}
W = {"w": floats(4, 3)}
K = {"w": floats(3, 2, 3, 3)}
U, I = UnsupportedError, InputError  # noqa: E741


def _attribute(made: ModelProto, **changes: object) -> ModelProto:
    for name, value in changes.items():
        made.graph.node[0].attribute.append(helper.make_attribute(name, value))
    return made


def _unsupported() -> Iterator[tuple[str, ModelProto, type[InputError], str]]:
    for kind in ("Sigmoid", "Softmax", "Tanh", "Exp", "Gelu", "Erf", "Pow", "Sqrt", "ReluX"):
        yield kind, model([node(kind, ["x"])], X), U, f"operator '{kind}' is not supported"
    made = model([node("Relu", ["x"])], X)
    made.graph.node[0].domain = "com.example"
    yield "domain", made, U, "domain 'com.example'"
    yield "attribute", _attribute(model([node("Relu", ["x"])], X), alpha=1.0), U, "'alpha'"
    pool = node("MaxPool", ["x"], kernel_shape=[2, 2], zebra=1)
    yield "attribute of a pool", model([pool], IMAGE), U, "'zebra'"
    pads = node("Pad", ["x"], pads=[0] * 8)
    yield "attribute of another version", model([pads], IMAGE, opset=13), I, "has 1 inputs"
    wide = node("Gemm", ["x", "w"], broadcast=1)
    yield "old attribute", model([wide], X, W), U, "'broadcast'"
    for mode in ("reflect", "edge", "wrap"):
        pad = node("Pad", ["x", "p"], mode=mode)
        yield f"pad {mode}", model([pad], X, {"p": ints(0, 1, 0, 1)}), U, f"mode '{mode}'"
    yield "opset 7", model([node("Relu", ["x"])], X, opset=7), U, "operator set 7"
    yield "opset 999", model([node("Relu", ["x"])], X, opset=999), U, "operator set 999"
    yield "double input", model([node("Relu", ["x"])], X, dtype=TensorProto.DOUBLE), U, "DOUBLE"
    yield "integer input", model([node("Relu", ["x"])], X, dtype=TensorProto.INT64), U, "INT64"
    double = {"w": floats(4, 3).astype(np.float64)}
    yield "double weight", model([node("Gemm", ["x", "w"])], X, double), U, "float64, not float32"
    half = {"w": floats(4, 3).astype(np.float16)}
    yield "half weight", model([node("MatMul", ["x", "w"])], X, half), U, "float16, not float32"
    yield "dynamic axis", model([node("Relu", ["x"])], {"x": ["N", "M"]}), U, "axis 1 has no fixed"
    yield "unknown axis", model([node("Relu", ["x"])], {"x": [1, None]}), U, "axis 1 has no fixed"
    yield "dynamic vector", model([node("Relu", ["x"])], {"x": ["N"]}), U, "axis 0 has no fixed"
    made = model([node("Relu", ["x"])], X)
    made.graph.input[0].type.tensor_type.ClearField("shape")
    yield "no shape", made, U, "shape is not known"
    yield "batch of two", model([node("Conv", ["x", "w"])], {"x": [2, 2, 6, 6]}, K), U, "batch of 2"
    cube = model([node("Conv", ["x", "w"])], {"x": [1, 2, 6, 6, 6]}, {"w": floats(1, 2, 3, 3, 3)})
    yield "three-dimensional", cube, U, "5 axes"
    yield "product", model([node("Mul", ["x", "x"])], X), U, "Mul of two computed"
    yield "quotient", model([node("Div", ["x", "x"])], X), U, "Div by a computed"
    yield (
        "reciprocal",
        model([node("Div", ["c", "x"])], X, {"c": floats(4)}),
        U,
        "Div by a computed",
    )
    turned = [node("Transpose", ["x"], "t"), node("MatMul", ["x", "t"])]
    yield "attention", model(turned, X), U, "MatMul of two computed"
    gemm = [node("Transpose", ["x"], "t"), node("Gemm", ["x", "t"])]
    yield "computed Gemm", model(gemm, X), U, "Gemm of two computed"
    stack = model([node("MatMul", ["x", "w"])], {"x": [1, 2, 4]}, {"w": floats(2, 4, 3)})
    yield "stacked weights", stack, U, "stack of constant matrices"
    weights = [node("Relu", ["k"], "w"), node("Conv", ["x", "w"])]
    yield "computed kernel", model(weights, {"x": [1, 2, 6, 6], "k": [3, 2, 3, 3]}), U, "constant"
    integer = [node("Cast", ["x"], to=TensorProto.INT64)]
    yield "cast", model(integer, X), U, "to INT64"
    yield "cast bfloat16", model([node("Cast", ["x"], to=TensorProto.BFLOAT16)], X), U, "BFLOAT16"
    two = [helper.make_node("MaxPool", ["x"], ["m", "y"], kernel_shape=[2, 2])]
    yield "second output", model(two, IMAGE), I, "does not depend"
    indices = [
        helper.make_node("MaxPool", ["x"], ["m", "i"], kernel_shape=[2, 2]),
        node("Cast", ["i"], to=TensorProto.FLOAT),
    ]
    yield "used indices", model(indices, IMAGE), I, "output that is not supported"
    order = node("MaxPool", ["x"], kernel_shape=[2, 2], storage_order=1)
    yield "storage order", model([order], IMAGE), U, "storage_order=1"
    average = node("AveragePool", ["x"], kernel_shape=[2, 2], dilations=[2, 2])
    yield "dilated average", model([average], IMAGE, opset=19), U, "dilations"
    ceil = node(
        "AveragePool",
        ["x"],
        kernel_shape=[3, 3],
        strides=[2, 2],
        ceil_mode=1,
        count_include_pad=1,
    )
    yield "ceil average", model([ceil], IMAGE), U, "ceil_mode with count_include_pad"
    same = node("Conv", ["x", "w"], auto_pad="MAGIC")
    yield "auto_pad", model([same], IMAGE, K), U, "auto_pad 'MAGIC'"
    spread = node("Conv", ["x", "w"], auto_pad="SAME_UPPER", dilations=[2, 1])
    yield "auto_pad dilation", model([spread], IMAGE, K), U, "SAME_UPPER with dilations"
    rounded = node("MaxPool", ["x"], kernel_shape=[2, 2], auto_pad="VALID", ceil_mode=1)
    yield "auto_pad ceil", model([rounded], IMAGE), U, "VALID with ceil_mode"
    old = model([node("Gemm", ["x", "w"])], X, W, opset=9)
    yield "Gemm without C in an old version", old, I, "has 2 inputs"
    statistics = {name: floats(2) ** 2 for name in "sbmv"}
    norm = node("BatchNormalization", ["x", *"sbmv"], training_mode=1)
    yield "training norm", model([norm], IMAGE, statistics, opset=15), U, "training_mode=1"
    drop = node("Dropout", ["x", "", "t"])
    training = {"t": np.array(True)}
    yield "training dropout", model([drop], X, training), U, "training mode"
    empty = node("Slice", ["x", "s", "s"])
    yield "empty slice", model([empty], X, {"s": ints(0)}), U, "empty tensor"
    gather = node("Gather", ["x", "i"], axis=1)
    yield "gather", model([gather], X, {"i": ints(0)}), U, "on constants alone"
    made = model([node("Relu", ["x"])], X)
    made.graph.output.append(made.graph.output[0])
    yield "two outputs", made, U, "2 outputs"
    made = model([node("Relu", ["x"])], X)
    made.functions.add().name = "f"
    yield "functions", made, U, "local functions"
    made = model([node("Relu", ["x"])], X)
    made.graph.sparse_initializer.add()
    yield "sparse", made, U, "sparse initializers"
    made = model([node("Relu", ["x"])], X)
    attribute = made.graph.node[0].attribute.add()
    attribute.name, attribute.ref_attr_name, attribute.type = "a", "b", AttributeProto.INT
    yield "reference", made, U, "references to function attributes"
    external = model([node("Gemm", ["x", "w"])], X, W)
    tensor = external.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    yield "external data without a file", external, I, "needs a model file|not a file in the model"


def _malformed() -> Iterator[tuple[str, ModelProto, type[InputError], str]]:
    yield "cycle", model([node("Add", ["x", "y"])], X), I, "not defined before it"
    undefined = [node("Relu", ["nothing"])]
    yield "undefined input", model(undefined, X), I, "'nothing' is not defined"
    backwards = [node("Relu", ["a"]), node("Relu", ["x"], "a")]
    yield "unsorted", model(backwards, X), I, "not defined before it"
    twice = [node("Relu", ["x"], "a"), node("Abs", ["x"], "a"), node("Relu", ["a"])]
    yield "bound twice", model(twice, X), I, "bound twice"
    yield "rebinds input", model([node("Relu", ["x"], "x")], X, output="x"), I, "bound twice"
    yield "no output", model([node("Relu", ["x"], "z")], X), I, "does not depend"
    constant = [node("Relu", ["c"])]
    yield "constant output", model(constant, {}, {"c": floats(1, 3)}), I, "no input"
    yield "no inputs", model([node("Relu", [])], X), I, "has 0 inputs"
    yield "too many inputs", model([node("Relu", ["x", "x"])], X), I, "has 2 inputs"
    yield "left out", model([node("Add", ["x", ""])], X), I, "left out"
    yield (
        "nan",
        model([node("Gemm", ["x", "w"])], X, {"w": np.full((4, 3), np.nan, "f4")}),
        I,
        "NaN",
    )
    yield "inf", model([node("Add", ["x", "w"])], X, {"w": np.float32([np.inf])}), I, "infinity"
    yield "inner size", model([node("MatMul", ["x", "w"])], X, {"w": floats(5, 3)}), I, "not fit"
    yield "broadcast", model([node("Add", ["x", "w"])], X, {"w": floats(3)}), I, "not broadcast"
    bias = model([node("Gemm", ["x", "w", "b"])], X, {**W, "b": floats(2, 3)})
    yield "Gemm bias", bias, I, "does not broadcast to"
    yield "zero divisor", model([node("Div", ["x", "c"])], X, {"c": np.float32([0])}), I, "by zero"
    yield "channels", model([node("Conv", ["x", "w"])], {"x": [1, 3, 6, 6]}, K), I, "weight needs"
    big = {"w": floats(1, 2, 9, 9)}
    yield "kernel too large", model([node("Conv", ["x", "w"])], IMAGE, big), I, "larger than"
    shape = node("Conv", ["x", "w"], kernel_shape=[2, 2])
    yield "kernel_shape", model([shape], IMAGE, K), I, "kernel_shape"
    negative = node("Conv", ["x", "w"], pads=[-1, 0, 0, 0])
    yield "negative pads", model([negative], IMAGE, K), I, "pads"
    both = node("Conv", ["x", "w"], auto_pad="SAME_UPPER", pads=[1, 1, 1, 1])
    yield "pads and auto_pad", model([both], IMAGE, K), I, "cannot both"
    yield "pool kernel", model([node("MaxPool", ["x"])], IMAGE), I, "kernel_shape is missing"
    outside = node("MaxPool", ["x"], kernel_shape=[2, 2], pads=[2, 2, 2, 2])
    yield "pool pads", model([outside], IMAGE), I, "must lie in 0 to 1"
    reshape = [node("Reshape", ["x", "s"])]
    yield "reshape", model(reshape, X, {"s": ints(3, -1)}), I, "cannot become"
    yield "reshape twice", model(reshape, X, {"s": ints(-1, -1)}), I, "cannot become"
    yield "reshape zero", model(reshape, X, {"s": ints(2, 2, 0)}), I, "copies an axis"
    yield "reshape computed", model([node("Reshape", ["x", "x"])], X), U, "must be a constant"
    yield "perm", model([node("Transpose", ["x"], perm=[0, 0])], X), I, "not a permutation"
    squeeze = node("Squeeze", ["x", "a"])
    yield "squeeze", model([squeeze], X, {"a": ints(1)}), I, "is not 1"
    yield "axis", model([node("Flatten", ["x"], axis=7)], X), I, "no axis 7"
    yield "concat", model([node("Concat", ["x", "x"])], X), I, "axis is missing"
    odd = node("Slice", ["x", "s", "s", "a"])
    yield "slice", model([odd], X, {"s": ints(0, 1), "a": ints(1)}), I, "do not agree"
    wrong = node("Relu", ["x"])
    yield "attribute type", model([node("LeakyRelu", ["x"], alpha=1)], X), I, "wrong type"
    made = model([node("LeakyRelu", ["x"], alpha=0.5)], X)
    made.graph.node[0].attribute.append(made.graph.node[0].attribute[0])
    yield "attribute twice", made, I, "occurs twice"
    yield "clip", model([node("Clip", ["x"], min=1.0, max=0.0)], X, opset=9), I, "above"
    nan = {"lo": np.float32(np.nan).reshape(())}
    yield "clip nan", model([node("Clip", ["x", "lo"])], X, nan), I, "finite"
    statistics = {name: floats(2) for name in "sbm"} | {"v": np.float32([-1, 1])}
    norm = node("BatchNormalization", ["x", *"sbmv"])
    yield "negative variance", model([norm], IMAGE, statistics), I, "not finite"
    short = {name: floats(3) for name in "sbmv"}
    yield "norm size", model([norm], IMAGE, short), I, "do not have 2 entries"
    made = model([wrong], X)
    del made.opset_import[:]
    yield "no opset", made, I, "missing or ambiguous"
    made = model([wrong], X)
    made.opset_import.append(made.opset_import[0])
    yield "two opsets", made, I, "missing or ambiguous"
    made = model([node("Gemm", ["x", "w"])], X, W)
    made.graph.initializer[0].raw_data = b"\0" * 7
    yield "short data", made, I, "7 bytes do not fill"
    made = model([node("Gemm", ["x", "w"])], X, W)
    made.graph.initializer[0].dims[0] = 1 << 40
    yield "huge tensor", made, I, "too large"
    made = model([node("Gemm", ["x", "w"])], X, W)
    made.graph.initializer[0].dims[0] = -4
    yield "negative dimension", made, I, "negative"
    made = model([node("Gemm", ["x", "w"])], X, W)
    made.graph.initializer.append(made.graph.initializer[0])
    yield "initializer twice", made, I, "used twice"
    made = model([wrong], {"x": [1, 1 << 40]})
    yield "huge input", made, I, "too large"
    bomb = [node("ConstantOfShape", ["s"], "c"), node("Add", ["x", "c"])]
    yield "constant bomb", model(bomb, X, {"s": ints(1 << 20, 1 << 20)}), I, "not usable"
    expand = [node("Expand", ["one", "s"], "c"), node("Add", ["x", "c"])]
    huge = {"one": np.float32([1]), "s": ints(1 << 14, 1 << 14)}
    yield "expand bomb", model(expand, X, huge), I, "not usable"
    spread = [node("Add", ["x", "c"])]
    yield "broadcast bomb", model(spread, {"x": [1, 1]}, {"c": floats(1 << 13, 1)}), U, "too often"
    zero = [node("Div", ["a", "b"], "s"), node("Reshape", ["x", "s"])]
    yield "integer zero", model(zero, X, {"a": ints(4), "b": ints(0)}), I, "division by zero"


CASES = [*_unsupported(), *_malformed()]


@pytest.mark.parametrize(
    ("made", "error", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_refused(made: ModelProto, error: type[InputError], message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    for source in (made, path):
        with pytest.raises(error) as caught:
            from_onnx(source)
        text = str(caught.value)
        assert re.search(message, text), text
        assert "\n" not in text
        assert len(text) < 400
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]


def test_hostile_names_are_shortened_and_escaped() -> None:
    made = model([node("Sigmoid", ["x"], name="evil\n" * 100)], X)
    with pytest.raises(UnsupportedError) as caught:
        from_onnx(made)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_hostile_names_become_identifiers() -> None:
    odd = 'end\n#eval IO.Process.exit 1 -- "'
    made = model([node("Relu", [odd], name=odd)], {odd: [1, 3]})
    graph = from_onnx(made)
    assert graph.inputs[0].name == "end_eval_io_process_exit_1"
    assert graph.nodes[0].name == "end_eval_io_process_exit_1_2"


def test_dead_nodes_and_unused_weights_do_not_matter() -> None:
    nodes = [node("Sigmoid", ["x"], "dead"), node("Relu", ["x"])]
    made = model(nodes, X, {"unused": np.float32([np.nan])})
    assert [entry.op.kind for entry in from_onnx(made).nodes] == ["Relu"]


def _external(tmp_path: Path, location: str) -> Path:
    made = model([node("Gemm", ["x", "w"])], X, W)
    tensor = made.graph.initializer[0]
    (tmp_path / "weights.bin").write_bytes(b"\1\2\3\4" + tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "4"), ("length", "48")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    folder = tmp_path / "model"
    folder.mkdir()
    path = folder / "model.onnx"
    path.write_bytes(made.SerializeToString())
    return path


def test_external_data_in_the_folder_is_read(tmp_path: Path) -> None:
    path = _external(tmp_path, "weights.bin")
    (tmp_path / "weights.bin").rename(path.parent / "weights.bin")
    inside = model([node("Gemm", ["x", "w"])], X, W)
    x = floats(4, seed=9)
    assert from_onnx(path).evaluate(x).tolist() == from_onnx(inside).evaluate(x).tolist()


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/passwd", "", "missing.bin", "."])
def test_external_data_elsewhere_is_refused(tmp_path: Path, location: str) -> None:
    path = _external(tmp_path, location)
    with pytest.raises(InputError, match="not a file in the model's folder"):
        from_onnx(path)


def test_external_data_behind_a_link_is_refused(tmp_path: Path) -> None:
    path = _external(tmp_path, "link.bin")
    (path.parent / "link.bin").symlink_to(tmp_path / "weights.bin")
    with pytest.raises(InputError, match="not a file in the model's folder"):
        from_onnx(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.pt", "pickled models can run code"),
        ("model.txt", "suffix '.txt' is not known"),
        ("model", "suffix '' is not known"),
        ("model.onnx", "does not parse"),
        ("model.json", "not valid JSON"),
        ("model.safetensors", "weights alone are no model"),
    ],
)
def test_load_model_refuses(tmp_path: Path, name: str, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xff\xff\xff\xffgarbage")
    with pytest.raises(InputError) as caught:
        load_model(path)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["a.onnx", "a.json", "a.safetensors"])
def test_missing_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="there is no file"):
        load_model(tmp_path / name)


def _seed_model() -> bytes:
    nodes = [
        node("Conv", ["x", "w"], "c", pads=[1, 1, 1, 1]),
        node("Relu", ["c"], "r"),
        node("MaxPool", ["r"], "p", kernel_shape=[2, 2], strides=[2, 2]),
        node("Shape", ["p"], "s", start=0, end=1),
        node("Concat", ["s", "rest"], "t", axis=0),
        node("Reshape", ["p", "t"], "f"),
        node("Gemm", ["f", "v"], alpha=0.5),
    ]
    constants = {"w": floats(3, 2, 3, 3), "rest": ints(-1), "v": floats(27, 2)}
    made = model(nodes, IMAGE, constants)
    made.graph.initializer.append(numpy_helper.from_array(floats(2), "unused"))
    return made.SerializeToString()


SEED = _seed_model()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), max_size=6))
def test_mutated_bytes_raise_input_errors_only(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SEED)
    for position, value in changes:
        data[position] = value
    with contextlib.suppress(InputError):
        from_onnx(bytes(data)).validate()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SEED) - 1), st.binary(max_size=20))
def test_truncated_bytes_raise_input_errors_only(length: int, tail: bytes) -> None:
    with contextlib.suppress(InputError):
        from_onnx(SEED[:length] + tail).validate()
