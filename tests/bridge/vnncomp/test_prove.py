"""Decided instances as Lean projects: what Lean says is kept, whatever it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.exporters import save_onnx
from bridge.importers.vnnlib import from_vnnlib
from bridge.pipeline import load
from bridge.report.verdicts import Verdict
from bridge.toolchain.model import Diagnostic
from bridge.vnncomp.jobs import ProveJob
from bridge.vnncomp.prove import prove
from bridge.vnncomp.records import Proof
from certificates import produce, save_certificate
from runtime.graph import Graph

from ..conftest import Builds
from .conftest import KEY, PROPERTIES, Folder, Run

MODULE = "Tent.Theorems.Holds"


def proved(graph: Graph, folder: Path, certificates: int = 1) -> Proof:
    onnx, vnnlib = folder / "tent.onnx", folder / "holds.vnnlib"
    save_onnx(graph, onnx)
    vnnlib.write_text(PROPERTIES["holds"])
    model = load(onnx)
    prop = from_vnnlib(vnnlib, model.graph).bind(model.graph)
    certificate = produce(model.graph, prop, 0)
    save_certificate(certificate, folder / "case-0.certificate.json")  # type: ignore[arg-type]
    job = ProveJob(
        onnx=str(onnx),
        vnnlib=str(vnnlib),
        folder=str(folder),
        key=KEY,
        result="unsat",
        certificates=(str(folder / "case-0.certificate.json"),) * certificates,
        project=str(folder / "project"),
        provider="registry",
        lean_timeout=60.0,
        lean_memory=2000,
        lean_jobs=1,
    )
    return prove(job, model, model.graph, prop, lambda _: None)


@pytest.mark.usefixtures("library")
def test_what_lean_accepts(network: Graph, tmp_path: Path, builds: Builds) -> None:
    proof = proved(network, tmp_path)
    assert proof.verdict is Verdict.PROVED, proof.message
    assert proof.theorem == "Tent.holds_holds"
    assert (proof.provider, proof.lean_version) == ("registry", "4.28.0-pre")
    sources = list((tmp_path / "project").rglob("*.lean"))
    assert proof.lean_files == len(sources)
    assert proof.lean_bytes == sum(path.stat().st_size for path in sources)
    assert (tmp_path / "project" / "report.html").is_file()
    assert builds.count == 1


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("failed", "rejected"),
        ("timeout", "undecided"),
        ("memory", "undecided"),
        ("crashed", "error"),
    ],
)
def test_what_lean_does_not_accept(
    network: Graph, tmp_path: Path, builds: Builds, status: str, verdict: str
) -> None:
    builds.statuses[MODULE] = status
    if status == "failed":
        builds.diagnostics[MODULE] = (Diagnostic("error", 1, 0, "type mismatch"),)
    proof = proved(network, tmp_path)
    assert proof.verdict == verdict
    assert MODULE in proof.message


@pytest.mark.usefixtures("library", "builds")
def test_what_cannot_be_exported_is_undecided(network: Graph, tmp_path: Path) -> None:
    proof = proved(network, tmp_path, certificates=2)
    assert proof.verdict is Verdict.UNDECIDED
    assert proof.message.startswith("Lean was not asked: The claim holds needs one certificate")
    assert not (tmp_path / "project").exists()


@pytest.mark.lean
def test_a_benchmark_is_proved_in_lean(folder: Folder, tmp_path: Path, run: Run) -> None:
    folder.instances("holds", "violated")
    folder.expected(holds="6:1", violated="sat")
    out = tmp_path / "out"
    result = run(folder.table, "--out", out, "--timeout", "2", "--prove", "--json")
    assert result.code == 0, result
    rows = {row["record"]["id"]: row for row in json.loads(result.out)["rows"]}
    assert rows["tent_holds"]["verdict"] == "proved"
    assert rows["tent_violated"]["verdict"] == "refuted"
    assert rows["tent_holds"]["record"]["proof"]["theorem"] == "Tent.holds_holds"
    assert "a theorem that Lean's kernel accepted" in rows["tent_holds"]["remark"]
    assert (out / "projects" / "tent_holds" / "report.html").is_file()
    before = {path: path.stat().st_ino for path in (out / "instances").iterdir()}
    assert run(folder.table, "--out", out, "--timeout", "2", "--prove").code == 0
    assert {path: path.stat().st_ino for path in (out / "instances").iterdir()} == before
