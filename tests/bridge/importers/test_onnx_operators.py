"""Every supported ONNX operator against onnxruntime on random inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto

from bridge.importers.onnx import cross_check, from_onnx
from tests.bridge.importers.models import floats, ints, model, node

X = {"x": [1, 4]}
IMAGE = {"x": [1, 2, 7, 6]}


def _case(name: str, made: ModelProto, *kinds: str) -> object:
    return pytest.param(made, kinds, id=name)


def _elementwise() -> Iterator[object]:
    for kind in ("Relu", "Abs", "Neg", "Identity"):
        yield _case(kind, model([node(kind, ["x"])], X), *({kind} - {"Identity"}))
    yield _case("LeakyRelu", model([node("LeakyRelu", ["x"], alpha=0.2)], X), "LeakyRelu")
    yield _case("LeakyRelu default", model([node("LeakyRelu", ["x"])], X), "LeakyRelu")
    yield _case("Clip 6", model([node("Clip", ["x"], min=-0.5, max=0.25)], X, opset=8), "Clip")
    yield _case("Clip 6 low", model([node("Clip", ["x"], min=-0.5)], X, opset=9), "Clip")
    bounds = {"lo": np.float32(-0.5).reshape(()), "hi": np.float32(1).reshape(())}
    yield _case("Clip 13", model([node("Clip", ["x", "lo", "hi"])], X, bounds), "Clip")
    yield _case("Clip high", model([node("Clip", ["x", "", "hi"])], X, bounds), "Clip")
    yield _case("Clip none", model([node("Clip", ["x"])], X))
    yield _case("Dropout 10", model([node("Dropout", ["x"], ratio=0.3)], X, opset=10))
    yield _case("Dropout 13", model([node("Dropout", ["x"], seed=3)], X, opset=13))
    yield _case("Cast", model([node("Cast", ["x"], to=TensorProto.FLOAT)], X, opset=13))


def _binary() -> Iterator[object]:
    constants = {
        "scalar": np.float32(0.3).reshape(()),
        "channel": floats(2, 1, 1),
        "row": floats(6),
        "full": floats(1, 2, 7, 6),
    }
    for kind in ("Add", "Sub", "Mul", "Div"):
        for label, constant in constants.items():
            made = model([node(kind, ["x", "c"])], IMAGE, {"c": constant})
            yield _case(f"{kind} {label}", made, "Affine")
    for kind in ("Add", "Sub", "Mul"):
        made = model([node(kind, ["c", "x"])], IMAGE, {"c": constants["channel"]})
        yield _case(f"{kind} left", made, "Affine")
    for kind in ("Max", "Min"):
        name = {"Max": "Maximum", "Min": "Minimum"}[kind]
        two = [node("Neg", ["x"], "n"), node(kind, ["x", "n"])]
        yield _case(f"{kind} computed", model(two, X), name)
        yield _case(
            f"{kind} scalar", model([node(kind, ["x", "c"])], X, {"c": np.float32([0.1])}), "Clip"
        )
        yield _case(f"{kind} many", model([node(kind, ["c", "x", "x"])], X, {"c": floats(4)}), name)
    for kind in ("Add", "Sub"):
        two = [node("Relu", ["x"], "r"), node(kind, ["r", "x"])]
        yield _case(f"{kind} computed", model(two, IMAGE), kind)
        mean = [
            node("ReduceMean", ["x"], "m", axes=[2, 3], keepdims=1),
            node(kind, ["x", "m"]),
        ]
        yield _case(f"{kind} broadcast computed", model(mean, IMAGE, opset=13), kind, "Concat")
    wide = model([node("Add", ["x", "c"])], {"x": [1, 1]}, {"c": floats(1, 3)})
    yield _case("Add widens", wide)


def _dense() -> Iterator[object]:
    w, b = floats(4, 3), floats(3, seed=1)
    yield _case("Gemm", model([node("Gemm", ["x", "w", "b"])], X, {"w": w, "b": b}), "Linear")
    yield _case("Gemm no C", model([node("Gemm", ["x", "w"])], X, {"w": w}), "Linear")
    turned = {"w": np.ascontiguousarray(w.T), "b": b}
    yield _case("Gemm transB", model([node("Gemm", ["x", "w", "b"], transB=1)], X, turned))
    scaled = node("Gemm", ["x", "w", "b"], alpha=0.3, beta=0.7)
    yield _case("Gemm alpha beta", model([scaled], X, {"w": w, "b": b}), "Linear", "Affine")
    halves = node("Gemm", ["x", "w", "b"], alpha=0.5, beta=2.0)
    yield _case("Gemm exact alpha", model([halves], X, {"w": w, "b": b}), "Linear")
    yield _case(
        "Gemm transA",
        model([node("Gemm", ["x", "w", "b"], transA=1)], {"x": [4, 1]}, {"w": w, "b": b}),
    )
    yield _case(
        "Gemm rows", model([node("Gemm", ["x", "w", "b"])], {"x": [5, 4]}, {"w": w, "b": b})
    )
    yield _case(
        "Gemm rows transA",
        model([node("Gemm", ["x", "w", "b"], transA=1)], {"x": [4, 5]}, {"w": w, "b": b}),
    )
    yield _case("Gemm left", model([node("Gemm", ["w", "x"])], {"x": [3, 1]}, {"w": w}), "Linear")
    yield _case(
        "Gemm left rows", model([node("Gemm", ["w", "x"])], {"x": [3, 5]}, {"w": w}), "Conv2d"
    )
    chained = [node("Gemm", ["x", "w"], "g"), node("Gemm", ["x", "w", "g"])]
    yield _case("Gemm computed C", model(chained, X, {"w": w}), "Add")
    yield _case("MatMul", model([node("MatMul", ["x", "w"])], X, {"w": w}), "Linear")
    yield _case("MatMul left", model([node("MatMul", ["w", "x"])], {"x": [3, 1]}, {"w": w}))
    yield _case("MatMul left rows", model([node("MatMul", ["w", "x"])], {"x": [3, 2]}, {"w": w}))
    yield _case("MatMul vector", model([node("MatMul", ["x", "w"])], {"x": [4]}, {"w": w}))
    yield _case("MatMul left vector", model([node("MatMul", ["w", "x"])], {"x": [3]}, {"w": w}))
    yield _case("MatMul by vector", model([node("MatMul", ["x", "w"])], X, {"w": floats(4)}))
    yield _case(
        "MatMul vector by", model([node("MatMul", ["w", "x"])], {"x": [4, 2]}, {"w": floats(4)})
    )
    yield _case("MatMul stack", model([node("MatMul", ["x", "w"])], {"x": [1, 5, 4]}, {"w": w}))
    yield _case("MatMul rank", model([node("MatMul", ["x", "w"])], X, {"w": w[None]}))
    fused = [node("MatMul", ["x", "w"], "m"), node("Add", ["b", "m"])]
    yield _case("MatMul Add", model(fused, X, {"w": w, "b": b}), "Linear")
    minus = [node("MatMul", ["x", "w"], "m"), node("Sub", ["m", "b"])]
    yield _case("MatMul Sub", model(minus, X, {"w": w, "b": b}), "Linear")


def _windows() -> Iterator[object]:
    w, b = floats(4, 2, 3, 3), floats(4)
    both = {"w": w, "b": b}

    def conv(**attributes: object) -> ModelProto:
        return model([node("Conv", ["x", "w", "b"], **attributes)], IMAGE, both)

    yield _case("Conv", conv(), "Conv2d")
    yield _case("Conv kernel_shape", conv(kernel_shape=[3, 3]), "Conv2d")
    yield _case("Conv stride pads", conv(strides=[2, 1], pads=[1, 0, 2, 1]), "Conv2d")
    yield _case("Conv dilation", conv(dilations=[2, 2], pads=[2, 1, 1, 2]), "Conv2d")
    yield _case("Conv wide pads", conv(pads=[3, 0, 4, 5]), "Pad", "Conv2d")
    for mode in ("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"):
        yield _case(f"Conv {mode}", conv(auto_pad=mode, strides=[2, 2]), "Conv2d")
    yield _case("Conv no bias", model([node("Conv", ["x", "w"])], IMAGE, {"w": w}), "Conv2d")
    grouped = model([node("Conv", ["x", "w"], group=2)], IMAGE, {"w": floats(4, 1, 3, 3)})
    yield _case("Conv groups", grouped, "Conv2d")
    line = model([node("Conv", ["x", "w"], pads=[1, 2])], {"x": [1, 2, 9]}, {"w": floats(3, 2, 3)})
    yield _case("Conv 1d", line, "Conv2d")
    fused = [node("Conv", ["x", "w"], "c"), node("Add", ["c", "b"])]
    channel = {"w": w, "b": b.reshape(4, 1, 1)}
    yield _case("Conv Add", model(fused, IMAGE, channel), "Conv2d")
    for kind, name in (("MaxPool", "MaxPool2d"), ("AveragePool", "AvgPool2d")):

        def pool(kind: str = kind, opset: int = 17, **attributes: object) -> ModelProto:
            return model([node(kind, ["x"], kernel_shape=[3, 2], **attributes)], IMAGE, opset=opset)

        yield _case(kind, pool(), name)
        yield _case(f"{kind} opset 8", pool(opset=8, strides=[2, 2]), name)
        yield _case(f"{kind} pads", pool(pads=[1, 1, 2, 0], strides=[2, 1]), name)
        yield _case(f"{kind} ceil", pool(ceil_mode=1, strides=[3, 2]), name)
        yield _case(f"{kind} ceil pads", pool(ceil_mode=1, pads=[1, 0, 0, 1], strides=[3, 3]), name)
        yield _case(f"{kind} SAME", pool(auto_pad="SAME_LOWER", strides=[2, 2]), name)
        line = model([node(kind, ["x"], kernel_shape=[3], strides=[2])], {"x": [1, 2, 9]})
        yield _case(f"{kind} 1d", line, name)
    dilated = model([node("MaxPool", ["x"], kernel_shape=[2, 2], dilations=[2, 3])], IMAGE)
    yield _case("MaxPool dilation", dilated, "MaxPool2d")
    included = node("AveragePool", ["x"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    yield _case("AveragePool excludes", model([included], IMAGE), "AvgPool2d")
    counted = node(
        "AveragePool", ["x"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1
    )
    yield _case("AveragePool includes", model([counted], IMAGE), "AvgPool2d")
    yield _case("GlobalAveragePool", model([node("GlobalAveragePool", ["x"])], IMAGE))
    statistics = {
        "s": floats(2),
        "b": floats(2, seed=1),
        "m": floats(2, seed=2),
        "v": np.abs(floats(2, seed=3)) + np.float32(0.1),
    }
    for opset in (8, 9, 15):
        norm = node("BatchNormalization", ["x", *statistics], epsilon=1e-3, momentum=0.8)
        yield _case(f"BatchNormalization {opset}", model([norm], IMAGE, statistics, opset=opset))


def _movement() -> Iterator[object]:
    yield _case("Flatten", model([node("Flatten", ["x"])], IMAGE), "Flatten")
    yield _case("Flatten 2", model([node("Flatten", ["x"], axis=2)], IMAGE))
    yield _case("Flatten -1", model([node("Flatten", ["x"], axis=-1)], IMAGE))
    yield _case("Reshape", model([node("Reshape", ["x", "s"])], IMAGE, {"s": ints(0, -1, 3)}))
    perm = node("Transpose", ["x"], perm=[0, 2, 3, 1])
    yield _case("Transpose", model([perm], IMAGE), "Transpose")
    yield _case("Transpose default", model([node("Transpose", ["x"])], IMAGE), "Transpose")
    yield _case("Transpose trivial", model([node("Transpose", ["x"])], X))
    two = [node("Neg", ["x"], "n"), node("Concat", ["x", "n", "c"], axis=1)]
    yield _case("Concat", model(two, IMAGE, {"c": floats(1, 1, 7, 6)}), "Concat", "Constant")
    first = [node("Neg", ["x"], "n"), node("Concat", ["n", "x"], axis=0)]
    yield _case("Concat batch", model(first, X), "Concat")
    last = [node("Neg", ["x"], "n"), node("Concat", ["n", "x"], axis=-1)]
    yield _case("Concat last", model(last, IMAGE), "Concat")
    old = node("Slice", ["x"], starts=[1, -3], ends=[5, 100], axes=[2, 3])
    yield _case("Slice 1", model([old], IMAGE, opset=9), "Slice")
    steps = {"s": ints(6, 5), "e": ints(-100, 0), "a": ints(2, -1), "p": ints(-2, -1)}
    yield _case("Slice steps", model([node("Slice", ["x", *steps])], IMAGE, steps), "Slice")
    whole = {"s": ints(0), "e": ints(9999), "a": ints(3)}
    yield _case("Slice whole", model([node("Slice", ["x", *whole])], IMAGE, whole))
    pads = node("Pad", ["x"], pads=[0, 0, 1, 2, 0, 0, 3, 0], value=0.5)
    yield _case("Pad 2", model([pads], IMAGE, opset=10), "Pad")
    cut = {"p": ints(0, 0, -1, 2, 0, 0, 1, -3)}
    yield _case("Pad negative", model([node("Pad", ["x", "p"])], IMAGE, cut), "Slice", "Pad")
    axes = {"p": ints(1, 2), "v": np.float32(0.5).reshape(()), "a": ints(-1)}
    yield _case("Pad axes", model([node("Pad", ["x", *axes])], IMAGE, axes, opset=18), "Pad")
    batch = {"p": ints(1, 0, 0, 0, 0, 0, 0, 0)}
    yield _case("Pad batch", model([node("Pad", ["x", "p"])], IMAGE, batch), "Pad")
    squeeze = {"x": [1, 3, 1, 2]}
    yield _case("Squeeze 11", model([node("Squeeze", ["x"], axes=[2])], squeeze, opset=11))
    yield _case("Squeeze 13", model([node("Squeeze", ["x", "a"])], squeeze, {"a": ints(0, -2)}))
    yield _case("Squeeze all", model([node("Squeeze", ["x"])], squeeze))
    yield _case("Unsqueeze 11", model([node("Unsqueeze", ["x"], axes=[0, 3])], X, opset=11))
    yield _case("Unsqueeze 13", model([node("Unsqueeze", ["x", "a"])], X, {"a": ints(-1)}))


def _reductions() -> Iterator[object]:
    for kind in ("ReduceSum", "ReduceMean"):
        for keep in (0, 1):
            old = node(kind, ["x"], axes=[1, -1], keepdims=keep)
            yield _case(f"{kind} 11 {keep}", model([old], IMAGE, opset=11), kind)
            new = node(kind, ["x", "a"], keepdims=keep)
            made = model([new], IMAGE, {"a": ints(2, 3)}, opset=18)
            yield _case(f"{kind} 18 {keep}", made, kind)
            everything = node(kind, ["x"], keepdims=keep)
            yield _case(f"{kind} all {keep}", model([everything], IMAGE, opset=18), kind)
        nothing = node(kind, ["x"], noop_with_empty_axes=1)
        yield _case(f"{kind} noop", model([nothing], IMAGE, opset=18))
        batch = node(kind, ["x", "a"])
        yield _case(f"{kind} batch", model([batch], IMAGE, {"a": ints(0)}, opset=18))


def _shapes() -> Iterator[object]:
    flatten = [
        node("Shape", ["x"], "s"),
        node("Gather", ["s", "zero"], "n", axis=0),
        node("Unsqueeze", ["n", "axis"], "n1"),
        node("Concat", ["n1", "rest"], "target", axis=0),
        node("Reshape", ["x", "target"]),
    ]
    constants = {"zero": np.int64(0).reshape(()), "axis": ints(0), "rest": ints(-1)}
    yield _case("exported flatten", model(flatten, IMAGE, constants))
    symbolic = {"x": ["N", 2, 7, 6]}
    yield _case("symbolic batch", model(flatten, symbolic, constants))
    arithmetic = [
        node("Shape", ["x"], "s", start=2),
        node("Cast", ["s"], "f", to=TensorProto.FLOAT),
        node("Cast", ["f"], "i", to=TensorProto.INT64),
        node("ReduceProd", ["i"], "p", keepdims=1),
        node("Mul", ["p", "two"], "q"),
        node("Div", ["q", "minus"], "d"),
        node("Neg", ["d"], "t"),
        node("Reshape", ["x", "t"]),
    ]
    yield _case("arithmetic", model(arithmetic, IMAGE, {"two": ints(2), "minus": ints(-1)}))
    prepared = [
        node("Transpose", ["w"], "wt", perm=[1, 0]),
        node("Mul", ["wt", "gain"], "ws"),
        node("Constant", [], "b", value_floats=[0.5, 0.25, -1.0]),
        node("Gemm", ["x", "ws", "b"]),
    ]
    weights = {"w": floats(3, 4), "gain": np.float32(0.7).reshape(())}
    yield _case("prepared weight", model(prepared, X, weights), "Linear")
    filled = [
        node("ConstantOfShape", ["s"], "z"),
        node("Expand", ["one", "s"], "e"),
        node("Range", ["r0", "r1", "r2"], "r"),
        node("Cast", ["r"], "rf", to=TensorProto.FLOAT),
        node("Add", ["x", "z"], "a"),
        node("Sub", ["a", "e"], "b"),
        node("Add", ["b", "rf"]),
    ]
    fills = {
        "s": ints(4),
        "one": np.float32([1]),
        "r0": np.int64(0).reshape(()),
        "r1": np.int64(4).reshape(()),
        "r2": np.int64(1).reshape(()),
    }
    yield _case("filled constants", model(filled, X, fills), "Affine")


CASES = [
    *_elementwise(),
    *_binary(),
    *_dense(),
    *_windows(),
    *_movement(),
    *_reductions(),
    *_shapes(),
]


@pytest.mark.parametrize(("made", "kinds"), CASES)
def test_operator_agrees_with_onnxruntime(made: ModelProto, kinds: tuple[str, ...]) -> None:
    graph = from_onnx(made)
    found = {entry.op.kind for entry in graph.nodes}
    assert set(kinds) <= found, graph.pretty()
    result = cross_check(graph, made, runs=3)
    assert result.runs == 3
    assert result.max_rel < 1e-5


@pytest.mark.parametrize("opset", range(8, onnx.defs.onnx_opset_version() + 1))
def test_every_operator_set(opset: int) -> None:
    """The operators that every version has; onnxruntime joins in as far as it knows the version."""
    nodes = [
        node("Conv", ["x", "k"], "c", pads=[1, 1, 1, 1]),
        node("Relu", ["c"], "r"),
        node("MaxPool", ["r"], "p", kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["p"], "f"),
        node("Gemm", ["f", "w", "b"]),
    ]
    constants = {"k": floats(3, 2, 3, 3), "w": floats(27, 4), "b": floats(4)}
    made = model(nodes, IMAGE, constants, opset=opset)
    graph = from_onnx(made)
    assert graph.source.opset == opset
    assert (
        " ".join(entry.op.kind for entry in graph.nodes) == "Conv2d Relu MaxPool2d Flatten Linear"
    )
    oldest = from_onnx(model(nodes, IMAGE, constants, opset=8))
    assert graph.sha256() == oldest.sha256()
    if opset <= 21:
        cross_check(graph, made, runs=1)


@pytest.mark.parametrize(
    ("factors", "moved"),
    [
        ({}, False),
        ({"alpha": 0.5, "beta": 2.0}, False),
        ({"alpha": 3.0}, True),
        ({"alpha": 0.3}, True),
        ({"beta": 0.7}, True),
    ],
)
def test_a_factor_that_float32_sums_can_apply_elsewhere_is_noted(
    factors: dict[str, float], moved: bool
) -> None:
    made = model([node("Gemm", ["x", "w", "b"], **factors)], X, {"w": floats(4, 3), "b": floats(3)})
    assert ("gemm_factor_moved" in from_onnx(made).source.notes) is moved
