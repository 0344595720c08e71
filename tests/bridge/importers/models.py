"""Small ONNX models for the importer's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def floats(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return rng(seed).standard_normal(shape).astype(np.float32)


def ints(*values: int) -> NDArray[np.int64]:
    return np.asarray(values, dtype=np.int64)


def node(
    kind: str, inputs: Sequence[str], output: str = "y", name: str = "", **attributes: object
) -> NodeProto:
    return helper.make_node(kind, list(inputs), [output], name=name, **attributes)


def model(
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, Sequence[int | str | None]],
    constants: Mapping[str, NDArray[np.generic]] | None = None,
    *,
    opset: int = 17,
    output: str = "y",
    dtype: int = TensorProto.FLOAT,
) -> ModelProto:
    """A model whose output shape is left open."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info(name, dtype, list(shape)) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    # onnxruntime lags behind the newest IR version; the importer does not depend on it.
    made.ir_version = 10
    return made
