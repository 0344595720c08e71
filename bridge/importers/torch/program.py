"""Walking an exported program: constants are folded by PyTorch itself, the rest is lowered."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bridge.importers.lowering import Session, Step, Tensor, without_batch
from bridge.importers.torch.call import Call
from bridge.importers.torch.operators import HANDLERS
from runtime.errors import InfrastructureError, InputError, UnsupportedError
from runtime.graph import Graph, GraphBuilder, Provenance, Shape

__all__ = ["evaluation_mode", "from_torch"]


def from_torch(module: Any, example: Any, *, name: str | None = None) -> Graph:
    """Capture a PyTorch module in inference mode through `torch.export`.

    Args:
        module: a `torch.nn.Module`; it is switched to `eval()` for the capture and back.
        example: one float32 tensor, or a tuple of them, with a batch axis of one where the
            module has a batch axis. The graph has these shapes.
        name: the graph's name, by default the class's.

    Raises:
        InfrastructureError: when PyTorch is not installed.
        UnsupportedError: for an operator or argument that is not supported, by name.
        InputError: when the module cannot be exported, or has NaN or infinite weights.
    """
    try:
        import torch
    except ImportError as error:
        raise InfrastructureError(
            "PyTorch is not installed; install it with `pip install lemmanet[torch]`"
        ) from error
    if not isinstance(module, torch.nn.Module):
        raise InputError(f"from_torch needs a torch.nn.Module, not {type(module).__name__}")
    inputs = example if isinstance(example, tuple) else (example,)
    for value in inputs:
        if not isinstance(value, torch.Tensor) or value.dtype != torch.float32:
            raise InputError("from_torch needs float32 tensors as example inputs")
    program = _export(torch, module, inputs)
    return _Walk(torch, program, name or type(module).__name__).graph()


@contextmanager
def evaluation_mode(module: Any) -> Iterator[None]:
    """Switch the module and its parts to `eval()`, and back at the end."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _export(torch: Any, module: Any, inputs: tuple[Any, ...]) -> Any:
    try:
        with torch.no_grad(), evaluation_mode(module), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.export.export(module, inputs).run_decompositions({})
    except Exception as error:  # torch.export raises errors of many classes
        reason = str(error).strip().splitlines()
        raise InputError(
            f"{type(module).__name__}: torch.export cannot capture the module, "
            f"{reason[0][:200] if reason else type(error).__name__}"
        ) from error


class _Walk:
    """One pass over the exported program's nodes."""

    def __init__(self, torch: Any, program: Any, name: str) -> None:
        self._torch = torch
        self._program = program
        self._session = Session(GraphBuilder(name))
        self._values: dict[str, Any] = {}

    def graph(self) -> Graph:
        signature = self._program.graph_signature
        outputs = list(signature.user_outputs)
        if signature.buffers_to_mutate or signature.user_inputs_to_mutate:
            raise UnsupportedError("modules that change a buffer or an input are not supported")
        if len(outputs) != 1:
            raise UnsupportedError(f"{len(outputs)} outputs are not supported, only one")
        for node in self._program.graph.nodes:
            if node.op == "placeholder":
                self._values[node.name] = self._placeholder(node)
            elif node.op == "call_function":
                self._values[node.name] = self._call(node)
        result = self._values.get(outputs[0])
        if not isinstance(result, Tensor):
            raise InputError("the module's output does not depend on its input")
        last = Step(self._session, "output", "output")
        name = last.view(result, without_batch(result.shape))
        source = Provenance("torch", notes=tuple(self._session.notes))
        return self._session.builder.build(name, source)

    def _placeholder(self, node: Any) -> Any:
        signature = self._program.graph_signature
        state, constants = self._program.state_dict, self._program.constants
        for table in (signature.inputs_to_parameters, signature.inputs_to_buffers):
            if node.name in table:
                target = table[node.name]
                return state[target] if target in state else constants[target]
        lifted = signature.inputs_to_lifted_tensor_constants
        if node.name in lifted:
            return constants[lifted[node.name]]
        if node.name not in signature.user_inputs:
            raise UnsupportedError(f"the module's input {node.name!r} is not a tensor")
        shape = _shape(node.meta["val"], f"input {node.name!r}")
        return Tensor(self._session.builder.input(without_batch(shape), node.name), shape)

    def _resolve(self, argument: Any) -> Any:
        """Arguments with nodes replaced by their values."""
        if isinstance(argument, self._torch.fx.Node):
            return self._values[argument.name]
        if isinstance(argument, list | tuple):
            return [self._resolve(entry) for entry in argument]
        return argument

    def _call(self, node: Any) -> Any:
        target = str(node.target)
        where = f"node {node.name!r} ({target})"
        arguments = [self._resolve(argument) for argument in node.args]
        keywords = {key: self._resolve(value) for key, value in node.kwargs.items()}
        if getattr(node.target, "__name__", "") == "getitem":
            return arguments[0][arguments[1]]
        if not _mentions_tensor([*arguments, *keywords.values()]):
            self._session.note("constants_folded_by_torch")
            with self._torch.no_grad():
                return node.target(*arguments, **keywords)
        if target not in HANDLERS:
            raise UnsupportedError(f"{where}: the operator {target} is not supported")
        call = self._bind(node, where, arguments, keywords)
        result = HANDLERS[target](call)
        call.finish()
        return result

    def _bind(self, node: Any, where: str, given: list[Any], keywords: dict[str, Any]) -> Call:
        bound: dict[str, Any] = {}
        defaults: dict[str, Any] = {}
        for position, argument in enumerate(node.target._schema.arguments):
            if argument.has_default_value():
                defaults[argument.name] = argument.default_value
            if position < len(given):
                bound[argument.name] = given[position]
            elif argument.name in keywords:
                bound[argument.name] = keywords[argument.name]
            else:
                bound[argument.name] = defaults[argument.name]
        meta = node.meta["val"]
        results = meta if isinstance(meta, list | tuple) else [meta]
        shapes = tuple(_shape(result, where) for result in results)
        return Call(self._session, where, node.name, bound, defaults, shapes)


def _mentions_tensor(value: Any) -> bool:
    if isinstance(value, list):
        return any(_mentions_tensor(entry) for entry in value)
    return isinstance(value, Tensor)


def _shape(value: Any, where: str) -> Shape:
    sizes = tuple(value.shape)
    if any(type(size) is not int for size in sizes):
        raise UnsupportedError(f"{where}: a shape is not fixed")
    return sizes
