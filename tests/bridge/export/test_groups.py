"""Many claims share modules, where they are light; each keeps its own theorem and its verdict."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import msgspec
import pytest

import certificates
from bridge.check.bundle import lean_modules, read_bundle
from bridge.check.chain import module_chain
from bridge.check.findings import find
from bridge.check.integrity import regenerate
from bridge.export import Claim, export_project, groups, library_folder, project_files
from bridge.export.proofs import claim_cost
from runtime.graph import Graph


def many(graph: Graph, count: int) -> list[Claim]:
    """Claims that hold, each about a center of its own."""
    claims = []
    for number in range(count):
        center = [1, f"{100 + number}/100"]
        prop = certificates.Robust(center, "0.05", label=1, clip=None, name=f"c {number}")
        certificate = certificates.produce(graph, prop.bind(graph), 0)
        assert isinstance(certificate, certificates.Certificate)
        claims.append(Claim(f"c_{number}", prop.bind(graph), "holds", (certificate,)))
    return claims


def affine(graph: Graph, claim: Claim) -> Claim:
    certificate = certificates.produce_affine(graph, claim.prop, 0)
    assert isinstance(certificate, certificates.AffineCertificate)
    return dataclasses.replace(claim, certificates=(certificate,))


def names(found: list[list[Claim]]) -> list[list[str]]:
    return [[claim.id for claim in group] for group in found]


def test_few_claims_have_their_own_files(graph: Graph) -> None:
    claims = many(graph, 8)
    assert names(groups.group_claims(graph, claims)) == [[claim.id] for claim in claims]


def test_many_light_claims_share(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = many(graph, 70)
    assert [len(group) for group in groups.group_claims(graph, claims)] == [32, 32, 6]
    cost = claim_cost(graph, claims[0])
    assert cost is not None
    monkeypatch.setattr(groups, "_COST", 3 * cost)
    assert {len(group) for group in groups.group_claims(graph, claims)} == {1, 3}


def test_heavy_claims_stand_alone(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = many(graph, 12)
    claims[5] = affine(graph, claims[5])
    assert claim_cost(graph, claims[5]) is None
    found = names(groups.group_claims(graph, claims))
    assert found == [[c.id for c in claims if c is not claims[5]], ["c_5"]]
    monkeypatch.setattr(groups, "_COST", 0)
    assert all(len(group) == 1 for group in groups.group_claims(graph, claims))


def test_every_claim_has_its_theorem(graph: Graph, violated: Claim) -> None:
    claims = [*many(graph, 20), violated]
    files, manifest = project_files(graph, claims)
    texts = lean_modules(files, manifest.root)
    assert sum(".Certificate." in name for name in texts) == 1
    assert not any(".Theorems." in name for name in texts)
    for entry, claim in zip(manifest.claims, claims, strict=True):
        theorem = entry.theorem.removeprefix(f"{manifest.root}.")
        assert len(re.findall(rf"^theorem {theorem} ", files[entry.file].decode(), re.M)) == 1
        chain = module_chain(texts, entry.modules[0])
        places = [n for n in chain if f"namespace Tiny.Certificate.{claim.id}\n" in texts[n]]
        assert len(places) == 1
        assert places[0] in entry.modules
    assert len({entry.theorem for entry in manifest.claims}) == len(claims)


def test_groups_are_found_whole_and_changes_are_seen(graph: Graph, tmp_path: Path) -> None:
    export_project(graph, many(graph, 20), tmp_path / "out")
    bundle = read_bundle(tmp_path / "out")
    findings = find(bundle, regenerate(bundle, library_folder()), None)
    assert not any(findings.of(claim.id) for claim in bundle.claims)
    path = "Tiny/Certificate/Group1.lean"
    changed = dict(bundle.files)
    changed[path] = changed[path].replace(b"theorem goal", b"theorem  goal", 1)
    tampered = dataclasses.replace(bundle, files=changed)
    findings = find(tampered, regenerate(tampered, library_folder()), None)
    assert all(findings.of(claim.id) for claim in bundle.claims)


def test_a_wrong_certificate_in_a_group_is_that_claims_alone(graph: Graph, tmp_path: Path) -> None:
    claims = many(graph, 20)
    (certificate,) = claims[3].certificates
    assert isinstance(certificate, certificates.Certificate)
    first, second, *rest = certificate.boxes
    tight = msgspec.structs.replace(second, hi=second.lo)
    wrong = msgspec.structs.replace(certificate, boxes=[first, tight, *rest])
    claims[3] = dataclasses.replace(claims[3], certificates=(wrong,))
    export_project(graph, claims, tmp_path / "out")
    bundle = read_bundle(tmp_path / "out")
    findings = find(bundle, regenerate(bundle, library_folder()), None)
    assert [claim.id for claim in claims if findings.of(claim.id)] == ["c_3"]
