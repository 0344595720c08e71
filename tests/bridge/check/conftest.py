"""A small exported project of four claims, and the ways to change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.check.bundle import Bundle, read_bundle
from bridge.export import Claim, export_project, lower
from bridge.export.files import combined_sha256, file_hashes
from certificates import And, LinearAtom, LinearConstraints, Or, OutputBox, Robust, produce
from certificates.search import find_counterexample
from runtime.graph import Affine, Graph, GraphBuilder, Linear, Provenance, Relu

CENTER = np.array([0.1, 0.5, 0.3, 0.9], np.float32)


def tiny_graph(seed: int = 0) -> Graph:
    """4-5-3, with a rescaling that divides."""
    random = np.random.default_rng(seed)

    def floats(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32)

    builder = GraphBuilder("tiny")
    x = builder.input((4,))
    hidden = builder.add(Linear(floats(5, 4), floats(5)), x)
    scale = Affine(np.float32([3.0]), np.float32([0.5]), np.float32([7.0]))
    hidden = builder.add(Relu(), builder.add(scale, hidden))
    last = builder.add(Linear(floats(3, 5), floats(3)), hidden)
    return lower(builder.build(last, Provenance("runtime")))


def tiny_claims(graph: Graph) -> list[Claim]:
    """One claim of each kind: robust, refuted, an output box, a formula with "or"."""
    label = int(graph.evaluate(CENTER).argmax())
    good = Robust(CENTER, 0.01, label=label, name="good")
    bad = Robust(CENTER, 0.01, label=(label + 1) % 3, name="bad")
    box = OutputBox([0] * 4, [1] * 4, [-10, -10, None], [10, 10, 10], name="box")
    either = Or(
        (
            And((LinearAtom.of({0: "0.5", 1: -1}, "7/3"), LinearAtom.of({2: 1}, 100, strict=True))),
            LinearAtom.of({2: -2}, -100),
        )
    )
    linear = LinearConstraints([0] * 4, [0.5] * 4, either, name="linear")
    point = find_counterexample(graph, bad, 0).input
    return [
        Claim("good", good, "holds", (produce(graph, good, 0),)),
        Claim("bad", bad, "violated", (produce(graph, bad, 0, claim="violated", point=point),)),
        Claim("outputs", box, "holds", (produce(graph, box, 0),)),
        Claim("linear", linear, "holds", (produce(graph, linear, 0),)),
    ]


@pytest.fixture(scope="session")
def tiny() -> tuple[Graph, list[Claim]]:
    graph = tiny_graph()
    return graph, tiny_claims(graph)


@pytest.fixture
def project(tmp_path: Path, library: Path, tiny: tuple[Graph, list[Claim]]) -> Path:
    """The exported project of four claims."""
    graph, claims = tiny
    export_project(graph, claims, tmp_path / "proof", library=library)
    return tmp_path / "proof"


@pytest.fixture
def bundle(project: Path) -> Bundle:
    return read_bundle(project)


def altered(bundle: Bundle, path: str, change: Callable[[str], str]) -> Bundle:
    """The bundle with one file changed in memory; the change must change something."""
    before = bundle.files[path].decode()
    after = change(before)
    assert after != before
    return replace(bundle, files={**bundle.files, path: after.encode()})


def rehash(folder: Path) -> None:
    """What an attacker does after a change: recompute every hash in the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    files = file_hashes(
        {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in folder.rglob("*")
            if file.is_file() and file != path
        }
    )
    manifest["files"] = files
    lean = {name: digest for name, digest in files.items() if name.endswith(".lean")}
    manifest["sources_sha256"] = combined_sha256(lean)
    try:
        manifest["model"]["sha256"] = Graph.load(folder / "data" / "graph.json").sha256()
        for claim in manifest["claims"]:
            data = json.loads((folder / "data" / f"{claim['id']}.property.json").read_text())
            from certificates.properties import property_from_json

            claim["property_sha256"] = property_from_json(data).sha256()
    except Exception:  # the change broke the data; the attacker goes on with what there is
        pass
    path.write_text(json.dumps(manifest))
