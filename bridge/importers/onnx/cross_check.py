"""Running the imported graph against onnxruntime on random inputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto

from bridge.importers.onnx.model import input_shape, read_model
from bridge.importers.onnx.tensors import decode_tensor
from runtime.errors import InfrastructureError, InputError
from runtime.graph import FloatArray, Graph

__all__ = ["TOLERANCE", "CrossCheck", "cross_check"]

TOLERANCE = 1e-4
"""Largest difference, relative to the largest magnitude of any tensor in the run (at least 1)."""

_SPREADS = (1.0, 0.1, 10.0)


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """How far the graph and onnxruntime were apart.

    Attributes:
        runs: number of random inputs.
        max_abs_difference: largest difference of an output element.
        max_rel: the same relative to the largest output magnitude of its run (at least 1e-30).
    """

    runs: int
    max_abs_difference: float
    max_rel: float


def cross_check(
    graph: Graph, model: str | Path | bytes | ModelProto, runs: int = 20, seed: int = 0
) -> CrossCheck:
    """Compare `graph.evaluate` with onnxruntime on the model that the graph was imported from.

    Inputs are normal numbers of three spreads. Differences of rounding are expected; more than
    `TOLERANCE` of the run's largest magnitude is not.

    Raises:
        InfrastructureError: when onnxruntime is not installed.
        InputError: when onnxruntime refuses the model, or the two disagree.
    """
    if runs < 1:
        raise InputError(f"cross check: at least one run is needed, not {runs}")
    file = read_model(model)
    session = _session(file.proto, file.path)
    names = [entry.name for entry in session.get_inputs()]
    declared = {
        entry.name: input_shape(entry) for entry in file.proto.graph.input if entry.name in names
    }
    generator = np.random.default_rng(seed)
    largest, largest_relative = 0.0, 0.0
    for run in range(runs):
        spread = _SPREADS[run % len(_SPREADS)]
        feeds = {
            name: (spread * generator.standard_normal(declared[name])).astype(np.float32)
            for name in names
        }
        difference, relative, scale = _compare(graph, session, feeds)
        if not difference <= TOLERANCE * scale:
            raise InputError(
                f"{file.name}: the importer and onnxruntime disagree by {difference:.3g} on a "
                f"random input (seed {seed}, run {run}), so the model is not used"
            )
        largest, largest_relative = max(largest, difference), max(largest_relative, relative)
    return CrossCheck(runs, largest, largest_relative)


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


def _compare(
    graph: Graph, session: Any, feeds: dict[str, FloatArray]
) -> tuple[float, float, float]:
    """Largest difference, the same relative to the output, and the run's largest magnitude."""
    try:
        (expected,) = session.run(None, feeds)
    except Exception as error:  # onnxruntime's errors share no public base class
        raise InputError(f"onnxruntime cannot run the model: {str(error)[:200]}") from error
    shaped = tuple(
        feeds[name].reshape(entry.shape) for name, entry in zip(feeds, graph.inputs, strict=True)
    )
    values = graph.trace(shaped if len(shaped) > 1 else shaped[0])
    ours = values[graph.output].reshape(-1).astype(np.float64)
    theirs = np.asarray(expected, dtype=np.float64).reshape(-1)
    if ours.shape != theirs.shape:
        raise InputError(
            f"the importer gives {ours.size} outputs and onnxruntime {theirs.size}, so the model "
            f"is not used"
        )
    difference = float(np.abs(ours - theirs).max())
    scale = max(1.0, *(float(np.abs(value).max()) for value in values.values()))
    return difference, difference / max(1e-30, float(np.abs(theirs).max())), scale
