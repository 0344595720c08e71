"""Exported projects: deterministic, atomic, faithful, and safe against hostile text."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

import certificates
from bridge.export import Claim, export_project, load_manifest, lower, project_files
from bridge.export.formulas import formula_text
from certificates import And, LinearAtom, Or
from runtime.errors import InputError, UnsupportedError
from runtime.graph import (
    Flatten,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    Provenance,
    ReduceMean,
    ReduceSum,
    Relu,
    Reshape,
)
from runtime.graph.orders import ORDERS, evaluate_in_order


def test_same_input_same_bytes(graph: Graph, holds: Claim, violated: Claim) -> None:
    first, _ = project_files(graph, [holds, violated])
    second, _ = project_files(graph, [holds, violated])
    assert first == second


def test_files_and_manifest_agree(
    graph: Graph, holds: Claim, violated: Claim, tmp_path: Path
) -> None:
    manifest = export_project(graph, [holds, violated], tmp_path / "out")
    assert load_manifest(tmp_path / "out") == manifest
    present = {
        path.relative_to(tmp_path / "out").as_posix()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert present == {*manifest.files, "manifest.json"}
    for path, digest in manifest.files.items():
        assert hashlib.sha256((tmp_path / "out" / path).read_bytes()).hexdigest() == digest
    assert [claim.outcome for claim in manifest.claims] == ["proved", "refuted"]
    assert [claim.theorem for claim in manifest.claims] == [
        "Tiny.near_one_holds",
        "Tiny.wrong_label_violated",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_the_model_is_readable(graph: Graph, holds: Claim) -> None:
    files, _ = project_files(graph, [holds])
    text = files["Tiny/Model.lean"].decode()
    assert "def model : Prog [[2]] [2] :=" in text
    assert "step (.relu : Op [[3]] [3]) fc1 fun end_ =>" in text
    assert "result fc2" in text
    statement = files["Tiny/Property.lean"].decode()
    assert "Near near_one_center 1 20 none x → Wins 1 (model.run x)" in statement


def test_nothing_is_left_behind_when_writing_fails(
    graph: Graph, holds: Claim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, data: bytes) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        export_project(graph, [holds], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_foreign_folders_are_not_replaced(graph: Graph, holds: Claim, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(InputError, match="choose another folder"):
            export_project(graph, [holds], out, force=force)
    (out / "thesis.txt").unlink()
    export_project(graph, [holds], out)
    with pytest.raises(InputError, match="--force"):
        export_project(graph, [holds], out)
    export_project(graph, [holds], out, force=True)


def test_certificates_of_another_model_or_property_are_refused(
    graph: Graph, holds: Claim, violated: Claim
) -> None:
    with pytest.raises(InputError, match="another property"):
        project_files(graph, [dataclasses.replace(holds, prop=violated.prop)])
    foreign = dataclasses.replace(
        holds, certificates=(_replace(holds.certificates[0], model_sha256="0" * 64),)
    )
    with pytest.raises(InputError, match="another model"):
        project_files(graph, [foreign])
    with pytest.raises(InputError, match="says holds"):
        project_files(graph, [dataclasses.replace(violated, direction="holds")])
    with pytest.raises(InputError, match="needs one certificate for each"):
        project_files(graph, [dataclasses.replace(holds, certificates=())])
    with pytest.raises(InputError, match="same id"):
        project_files(graph, [holds, holds])
    with pytest.raises(InputError, match="nothing to export"):
        project_files(graph, [])


def _replace(certificate: certificates.Certificate, **changes: object) -> certificates.Certificate:
    fields = {name: getattr(certificate, name) for name in certificate.__struct_fields__}
    return certificates.Certificate(**{**fields, **changes})


def test_hostile_names_stay_in_comments(graph: Graph) -> None:
    builder = GraphBuilder("x -/ axiom bad : False /-")
    x = builder.input((2,), "-/ #eval 1")
    op = Linear(np.eye(2, dtype=np.float32), np.zeros(2, np.float32))
    node = builder.add(op, x, hint="-/ theorem")
    source = Provenance("onnx", path="-/ open Lean /-.onnx")
    hostile = builder.build(node, source)
    prop = certificates.Robust([1, 0], 0, label=0, name="-/ axiom oops : False").bind(hostile)
    certificate = certificates.produce(hostile, prop, 0)
    assert isinstance(certificate, certificates.Certificate)
    files, _ = project_files(hostile, [Claim("c", prop, "holds", (certificate,))])
    for path, content in files.items():
        if not path.endswith(".lean"):
            continue
        outside = re.sub(r"/-.*?-/", "", content.decode(), flags=re.S)
        assert "axiom bad" not in outside
        assert "axiom oops" not in outside
        assert "#eval" not in outside
        assert "open Lean\n" not in outside


def test_lowering_keeps_the_exact_output() -> None:
    builder = GraphBuilder("reduce")
    x = builder.input((2, 3, 4))
    mean = builder.add(ReduceMean((0, 2), True), x)
    unused = builder.add(Relu(), x)
    assert unused
    graph = builder.build(builder.add(Reshape((3, 1)), mean), Provenance("runtime"))
    low = lower(graph)
    values = list(range(24))
    assert low.output_shape == (3,)
    before = graph.evaluate_exact(values)[graph.output]
    after = low.evaluate_exact(values)[low.output]
    assert [n * after[1] for n in before[0]] == [n * before[1] for n in after[0]]


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("operator", [ReduceMean, ReduceSum])
def test_lowering_keeps_every_sum_one_sum(
    axes: tuple[int, ...], keepdims: bool, operator: type[ReduceMean | ReduceSum]
) -> None:
    builder = GraphBuilder("reduce")
    reduced = builder.add(operator(axes, keepdims), builder.input((2, 3, 4)))
    graph = builder.build(reduced, Provenance("runtime"))
    low = lower(graph)
    sums = [node for node in low.nodes if isinstance(node.op, ReduceMean | ReduceSum)]
    assert [len(node.op.axes) for node in sums] == [1]
    x = np.random.default_rng(0).standard_normal((5, 2, 3, 4)).astype(np.float32)
    for order in ORDERS:
        whole, lowered = (evaluate_in_order(g, x, order)[g.output] for g in (graph, low))
        assert whole.tobytes() == lowered.tobytes()


def test_lowering_drops_reshapes_after_the_last_linear() -> None:
    builder = GraphBuilder("tail")
    x = builder.input((2,))
    op = Linear(np.eye(2, dtype=np.float32), np.zeros(2, np.float32))
    y = builder.add(Flatten(), builder.add(Reshape((1, 2)), builder.add(op, x, hint="fc")))
    low = lower(builder.build(y, Provenance("runtime")))
    assert low.output == "fc"
    assert lower(low) is low


def test_slopes_that_the_library_does_not_prove_are_refused() -> None:
    builder = GraphBuilder("leaky")
    x = builder.input((2,))
    graph = builder.build(
        builder.add(LeakyRelu(np.float32(-0.5)), x, hint="act"), Provenance("runtime")
    )
    prop = certificates.OutputBox([0, 0], [1, 1], [-9, -9], [9, 9]).bind(graph)
    certificate = certificates.produce(graph, prop, 0)
    assert isinstance(certificate, certificates.Certificate)
    with pytest.raises(UnsupportedError, match="LeakyRelu of node act"):
        project_files(graph, [Claim("c", prop, "holds", (certificate,))])


def test_formulas_as_lean_terms() -> None:
    a = LinearAtom.of({0: "1/2", 3: "-2/3"}, "0.25", strict=True)
    b = LinearAtom.of({1: 1}, -2)
    assert formula_text(a) == ".lt [(3, 0), (-4, 3)] 3 2"
    assert formula_text(And((a, b))) == ".and (.lt [(3, 0), (-4, 3)] 3 2) (.le [(1, 1)] (-2) 1)"
    assert formula_text(Or((b, And((b,))))) == ".or (.le [(1, 1)] (-2) 1) (.le [(1, 1)] (-2) 1)"
