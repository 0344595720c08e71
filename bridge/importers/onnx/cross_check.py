"""Running the imported graph against onnxruntime on random inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto

from bridge.importers.agreement import CrossCheck, agreement
from bridge.importers.onnx.model import input_shape, read_model
from bridge.importers.onnx.tensors import decode_tensor
from runtime.errors import InfrastructureError, InputError
from runtime.graph import FloatArray, Graph

__all__ = ["cross_check"]


def cross_check(
    graph: Graph, model: str | Path | bytes | ModelProto, runs: int = 20, seed: int = 0
) -> CrossCheck:
    """Compare `graph.evaluate` with onnxruntime on the model that the graph was imported from.

    See `bridge.importers.agreement` for the inputs and the tolerance.

    Raises:
        InfrastructureError: when onnxruntime is not installed.
        InputError: when onnxruntime refuses the model, or the two disagree.
    """
    file = read_model(model)
    session = _session(file.proto, file.path)
    names = [entry.name for entry in session.get_inputs()]
    declared = {entry.name: entry for entry in file.proto.graph.input}
    shapes = [input_shape(declared[name]) for name in names]

    def run(inputs: list[FloatArray]) -> NDArray[Any]:
        try:
            (output,) = session.run(None, dict(zip(names, inputs, strict=True)))
        except Exception as error:  # onnxruntime's errors share no public base class
            raise InputError(f"onnxruntime cannot run the model: {str(error)[:200]}") from error
        return np.asarray(output)

    try:
        return agreement(graph, run, shapes, name="onnxruntime", runs=runs, seed=seed)
    except InputError as error:
        raise type(error)(f"{file.name}: {error}") from error


def _session(model: ModelProto, path: Path | None) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise InfrastructureError(
            "onnxruntime is not installed, so the import cannot be cross-checked; "
            "install it with `pip install onnxruntime`"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    data = _with_inner_data(model, path).SerializeToString()
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no public base class
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise InputError(f"onnxruntime refuses the model: {reason}") from error


def _with_inner_data(model: ModelProto, path: Path | None) -> ModelProto:
    """The model with external tensors read in by our own bounded reader."""
    if not any(t.data_location == TensorProto.EXTERNAL for t in model.graph.initializer):
        return model
    inner = ModelProto()
    inner.CopyFrom(model)
    for tensor in inner.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL:
            folder = path.parent if path else None
            array = decode_tensor(tensor, folder, f"initializer {tensor.name[:60]!r}")
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
            tensor.raw_data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return inner
