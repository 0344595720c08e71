"""A small benchmark folder: a network, properties that hold or are violated, and an open one."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.exporters import save_onnx
from bridge.vnncomp.records import Finding, InstanceRecord, Key, Proof, Witness
from runtime import nn
from runtime.capture import capture
from runtime.graph import Graph

BOX = ((0.0, 1.0), (0.25, 0.5))


@pytest.fixture(scope="session")
def network() -> Graph:
    """y_0 = -|3 x_0 - 1|, which is zero at no binary32 number, and y_1 = max(x_1, 0)."""
    module = nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Linear(3, 2, seed=0))
    first, _, last = module
    first.weight.data[...] = np.array([[3, 0], [-3, 0], [0, 1]], np.float32)
    first.bias.data[...] = np.array([-1, 1, 0], np.float32)
    last.weight.data[...] = np.array([[-1, -1, 0], [0, 0, 1]], np.float32)
    last.bias.data[...] = 0
    return capture(module, (2,), name="tent")


def vnnlib(violation: str) -> str:
    """Version 1.0, over the box."""
    lines = [f"(declare-const {v} Real)" for v in ("X_0", "X_1", "Y_0", "Y_1")]
    for index, (low, high) in enumerate(BOX):
        lines += [f"(assert (>= X_{index} {low}))", f"(assert (<= X_{index} {high}))"]
    return "\n".join([*lines, f"(assert {violation})", ""])


PROPERTIES = {
    "holds": vnnlib("(>= Y_0 0.5)"),
    "violated": vnnlib("(>= Y_1 0.4)"),
    "open": vnnlib("(>= Y_0 0.0)"),
}


@dataclass(frozen=True)
class Folder:
    """A benchmark folder, and ways to change it."""

    path: Path

    @property
    def table(self) -> Path:
        return self.path / "instances.csv"

    def instances(self, *names: str, seconds: object = 20) -> None:
        """The table: the network with these properties."""
        rows = [f"onnx/tent.onnx,vnnlib/{name}.vnnlib,{seconds}" for name in names]
        self.table.write_text("\n".join(rows) + "\n")

    def expected(self, **consensus: str) -> None:
        """`expected.csv`: what seven tools agree on, or how many said unsat and sat: "6:1"."""
        rows = ["onnx,vnnlib,consensus,tools_unsat,tools_sat,fastest_tool_s"]
        for name, text in consensus.items():
            unsat, colon, sat = text.partition(":")
            word = "disputed" if colon else text
            counts = {"unsat": "7,0", "sat": "0,7", "unknown": "0,0"}
            numbers = f"{unsat},{sat}" if colon else counts[text]
            rows.append(f"onnx/tent.onnx,vnnlib/{name}.vnnlib,{word},{numbers},1.5")
        (self.path / "expected.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def folder(tmp_path: Path, network: Graph) -> Folder:
    """The folder with all three properties; `holds` is packed."""
    path = tmp_path / "tents"
    (path / "onnx").mkdir(parents=True)
    (path / "vnnlib").mkdir()
    save_onnx(network, path / "onnx" / "tent.onnx")
    for name, text in PROPERTIES.items():
        file = path / "vnnlib" / f"{name}.vnnlib"
        if name == "holds":
            Path(f"{file}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            file.write_text(text)
    made = Folder(path)
    made.instances(*PROPERTIES)
    return made


@dataclass(frozen=True)
class Result:
    """What a run of the command gave."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """`lemmanet vnncomp` with these arguments."""

    def call(*arguments: object) -> Result:
        result = CliRunner().invoke(app, ["vnncomp", *map(str, arguments)])
        return Result(result.exit_code, result.stdout, result.stderr)

    return call


HASH = "0" * 64
KEY = Key(
    onnx_sha256=HASH,
    vnnlib_sha256=HASH,
    version="0",
    code_sha256=HASH,
    timeout=10.0,
    memory=1000,
)


def finding(result: str, **fields: Any) -> Finding:
    """A finding with all that its result needs."""
    decided = result in ("sat", "unsat")
    given: dict[str, Any] = {"result": result, "cases": 1, "find_seconds": 0.5}
    if decided:
        given |= {"verdict": "checked", "strategy": "search"}
        given |= {"model_sha256": HASH, "property_sha256": HASH, "bound": 0.25}
    else:
        given |= {"verdict": "error" if result == "error" else "undecided", "message": "why"}
    if result == "sat":
        given["witness"] = Witness(
            case=0,
            input=(0.5, 0.25),
            output=(-0.5, 0.25),
            runtime="onnxruntime",
            exact=True,
            shown_in_float32=True,
        )
    return Finding(**(given | fields))


def record(name: str, found: Finding, proof: Proof | None = None) -> InstanceRecord:
    """The state of one instance of the benchmark folder."""
    return InstanceRecord(
        id=f"tent_{name}",
        category="tents",
        onnx="onnx/tent.onnx",
        vnnlib=f"vnnlib/{name}.vnnlib",
        key=KEY,
        finding=found,
        proof=proof,
    )


def theorem(verdict: str, **fields: Any) -> Proof:
    """A proof that Lean accepted."""
    given: dict[str, Any] = {
        "verdict": verdict,
        "theorem": "Tent.holds_holds",
        "provider": "registry",
        "lean_version": "4.28.0",
        "library_sha256": HASH,
        "lean_timeout": 600.0,
        "lean_memory": 4096,
        "seconds": 12.0,
        "lean_files": 7,
        "lean_bytes": 20_000,
    }
    return Proof(**(given | fields))
