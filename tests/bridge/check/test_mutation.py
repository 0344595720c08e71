"""Every field of an exported project, changed: each time the check refuses, hashes fixed or not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.check import check_project
from bridge.report.verdicts import Verdict
from runtime.errors import InputError

from ..conftest import Builds
from .conftest import rehash, tiny_graph

Change = Callable[[Path], None]


def replaced(path: str, pattern: str, replacement: str) -> Change:
    """Change the first match in a file; it is an error of the test when there is none."""

    def change(folder: Path) -> None:
        file = folder / path
        text = file.read_text()
        after, count = re.subn(pattern, replacement, text, count=1, flags=re.DOTALL)
        assert count == 1, f"{pattern} is not in {path}"
        assert after != text
        file.write_text(after)

    return change


def edited(path: str, *keys: Any, value: Any = None, with_: Callable[[Any], Any] | None = None):
    """Change one value of a JSON file."""

    def change(folder: Path) -> None:
        file = folder / path
        data = json.loads(file.read_text())
        at = data
        for key in keys[:-1]:
            at = at[key]
        before = at[keys[-1]]
        at[keys[-1]] = with_(before) if with_ else value
        assert at[keys[-1]] != before
        # In the exporter's own layout, so that the value alone is what differs.
        if path.endswith(".property.json"):
            file.write_text(json.dumps(data, sort_keys=True, indent=1) + "\n")
        else:
            file.write_text(json.dumps(data, separators=(",", ":")) + "\n")

    return change


def manifest(*keys: Any, value: Any = None, with_: Callable[[Any], Any] | None = None) -> Change:
    return edited("manifest.json", *keys, value=value, with_=with_)


def other_hash(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


def added(path: str, text: str) -> Change:
    def change(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)

    return change


def removed(path: str) -> Change:
    return lambda folder: (folder / path).unlink()


def linked(path: str) -> Change:
    def change(folder: Path) -> None:
        target = folder.parent / "outside.lean"
        target.write_bytes((folder / path).read_bytes())
        (folder / path).unlink()
        (folder / path).symlink_to(target)

    return change


def shifted(path: str) -> Change:
    """The same file with one more blank line at the end."""
    return lambda folder: (folder / path).write_text((folder / path).read_text() + "\n")


THEOREM = "Tiny/Theorems/Good.lean"
PROPERTY = "Tiny/Property.lean"

SOURCES: dict[str, Change] = {
    "weight digit": replaced("Tiny/Weights/Linear.lean", r"(0x[0-9a-f]*)([0-8])", r"\g<1>9"),
    "weight sign": replaced(
        "Tiny/Weights/Linear.lean",
        r"pos := (\[.*?\])\n  neg := (\[.*?\])",
        r"pos := \2\n  neg := \1",
    ),
    "weight denominator": replaced("Tiny/Weights/Linear.lean", r"den := [^\n]*", "den := 2 ^ 11"),
    "weight width": replaced("Tiny/Weights/Linear.lean", r"width := \d+", "width := 24"),
    "weight stride": replaced("Tiny/Weights/Linear.lean", r"stride := \d+", "stride := 400"),
    "weight line": replaced("Tiny/Weights/Linear.lean", r"line := \d+", "line := 2"),
    "bias digit": replaced("Tiny/Weights/Linear2.lean", r"(linear_2_bias.*0x)[0-9a-e]", r"\1f"),
    "affine scale": replaced("Tiny/Weights/Affine.lean", r"0x3", "0x4"),
    "affine shift": replaced("Tiny/Weights/Affine.lean", r"(affine_shift.*?0x)\d", r"\g<1>7"),
    "operator": replaced("Tiny/Model.lean", r"\.relu", ".neg"),
    "operator argument": replaced("Tiny/Model.lean", r"linear_2_weight", "linear_weight"),
    "shape in the model": replaced("Tiny/Model.lean", r"Op \[\[4\]\] \[5\]", "Op [[4]] [6]"),
    "wiring": replaced("Tiny/Model.lean", r"result linear_2", "result relu"),
    "center": replaced(PROPERTY, r"(good_center.*?0x)[0-9a-e]", r"\g<1>f"),
    "radius": replaced(PROPERTY, r"good_center 1 100", "good_center 1 1000"),
    "limits": replaced(PROPERTY, r"\(1, 1\)", "(1, 2)"),
    "label": replaced(PROPERTY, r"Wins \d", "Wins 1"),
    "quantifier": replaced(PROPERTY, r"→ Wins", "∧ Wins"),
    "input box": replaced(PROPERTY, r"(outputs_input.*?0x1111)", r"\g<1>0"),
    "formula coefficient": replaced(PROPERTY, r"\(-2, 1\)", "(-3, 1)"),
    "formula bound": replaced(PROPERTY, r"14 3\b", "15 3"),
    "formula strictness": replaced(PROPERTY, r"\.lt \[", ".le ["),
    "formula connective": replaced(PROPERTY, r"\.or ", ".and "),
    "certificate bound": replaced("Tiny/Certificate/Good.lean", r"(0x[0-9a-f]*)([0-8])", r"\g<1>9"),
    "point": replaced("Tiny/Certificate/Bad.lean", r"(def point.*?0x)[0-9a-e]", r"\g<1>f"),
    "proof": replaced("Tiny/Certificate/Good.lean", r"by decide \+kernel", "by native_decide"),
    "statement": replaced(THEOREM, r"good_holds : good", "good_holds : True"),
    "theorem name": replaced(THEOREM, r"theorem good_holds :", "theorem good_held :"),
    "sorry": replaced(THEOREM, r"good :=\n[^\n]*", "good :=\n  sorry"),
    "axiom": replaced(THEOREM, r"theorem good_holds", "axiom trust : good\n\ntheorem good_holds"),
    "comment": shifted(THEOREM),
    "list of axioms": replaced("Audit.lean", r"#print axioms Tiny\.good_holds\n", ""),
    "challenge": replaced("Challenge.lean", r"sorry", "trivial"),
    "theorem imports": replaced(THEOREM, r"Certificate\.Good", "Certificate.Bad"),
    "list of theorems": replaced("Tiny/Theorems.lean", r"[^\n]*Theorems\.Good\n", ""),
    "root": replaced("Tiny.lean", r"Tiny\.Theorems", "Tiny.Property"),
    "library": replaced("lakefile.lean", r'from "[^"]*"', 'from "/elsewhere"'),
    "lakefile": replaced("lakefile.lean", r"lean_lib Tiny", "lean_lib Tiny where srcDir := `x"),
    "toolchain": replaced("lean-toolchain", r"v4\.\d+\.\d+", "v4.0.0"),
    "graph weight": replaced("data/graph.json", r'("f32": ")(.)', r"\1B"),
    "property radius": edited("data/good.property.json", "robust", "eps", value="1/1000"),
    "property label": edited(
        "data/good.property.json", "robust", "label", with_=lambda label: (label + 1) % 3
    ),
    "property center": edited("data/good.property.json", "robust", "center", 0, value="1/2"),
    "property clip": edited("data/good.property.json", "robust", "clip", value=None),
    "property case": edited("data/linear.property.json", "cases", 0, "hi", 0, value="1/4"),
    "certificate data": edited(
        "data/good.0.certificate.json", "boxes", 1, "lo", 0, with_=lambda v: v + 1
    ),
    "certificate scale": edited(
        "data/good.0.certificate.json", "boxes", 1, "den", with_=lambda v: 2 * v
    ),
    "certificate case": edited("data/good.0.certificate.json", "case", value=1),
    "certificate claim": edited("data/good.0.certificate.json", "claim", value="violated"),
    "certificate model": edited("data/good.0.certificate.json", "model_sha256", with_=other_hash),
    "additional module": added("Tiny/Extra.lean", "module\n"),
    "additional file": added("notes.txt", "hello"),
    "missing module": removed("Tiny/Certificate/Good.lean"),
    "missing theorem": removed(THEOREM),
    "missing audit": removed("Audit.lean"),
    "missing property": removed("data/good.property.json"),
    "link": linked(THEOREM),
}

MANIFEST: dict[str, Change] = {
    "format": manifest("format", value="lemmanet.project/2"),
    "name": manifest("name", value="other"),
    "root": manifest("root", value="Other"),
    "library path": manifest("library", "path", value="/elsewhere"),
    "library hash": manifest("library", "sha256", with_=other_hash),
    "model name": manifest("model", "name", value="other"),
    "model hash": manifest("model", "sha256", with_=other_hash),
    "source kind": manifest("model", "source", "kind", value="onnx"),
    "source name": manifest("model", "source", "name", value="other.onnx"),
    "source hash": manifest("model", "source", "sha256", value="0" * 64),
    "claim id": manifest("claims", 0, "id", value="bad"),
    "claim title": manifest("claims", 0, "title", value="for every x"),
    "claim direction": manifest("claims", 1, "direction", value="holds"),
    "claim outcome": manifest("claims", 1, "outcome", value="proved"),
    "claim theorem": manifest("claims", 0, "theorem", value="Tiny.outputs_holds"),
    "claim statement": manifest("claims", 0, "statement", value="theorem Tiny.good_holds : True"),
    "claim file": manifest("claims", 0, "file", value="Tiny/Model.lean"),
    "claim modules": manifest("claims", 0, "modules", value=["Tiny.Model"]),
    "property hash": manifest("claims", 0, "property_sha256", with_=other_hash),
    "claim cases": manifest("claims", 0, "cases", value=[]),
    "claims left out": manifest("claims", with_=lambda claims: claims[:-1]),
    "claims swapped": manifest("claims", with_=lambda claims: claims[::-1]),
    "file hash": manifest("files", "Tiny/Model.lean", with_=other_hash),
    "file listed": manifest("files", with_=lambda files: {**files, "Tiny/More.lean": "0" * 64}),
    "file outside": manifest("files", with_=lambda files: {**files, "../x.lean": "0" * 64}),
    "file left out": manifest(
        "files", with_=lambda files: {k: v for k, v in files.items() if k != "Audit.lean"}
    ),
    "sources hash": manifest("sources_sha256", with_=other_hash),
    "assumptions": manifest("assumptions", value=["lean-kernel"]),
    "program version": manifest("versions", "lemmanet", value="9.9.9"),
    "lean version": manifest("versions", "lean_toolchain", value="leanprover/lean4:v4.0.0"),
    "unknown field": lambda folder: (folder / "manifest.json").write_text(
        json.dumps({**json.loads((folder / "manifest.json").read_text()), "extra": 1})
    ),
}


@dataclass(frozen=True)
class Outcome:
    refused: bool
    told: str


def outcome(folder: Path) -> Outcome:
    """Whether the check refused: an error about the input, or a rejected claim and no success."""
    try:
        report = check_project(folder)
    except InputError as error:
        return Outcome(True, str(error))
    rejected = [claim for claim in report.claims if claim.verdict is Verdict.REJECTED]
    return Outcome(bool(rejected), "; ".join(claim.message for claim in rejected))


def test_an_unchanged_project_is_accepted(project: Path, builds: Builds) -> None:
    report = check_project(project)
    verdicts = [claim.verdict.value for claim in report.claims]
    assert verdicts == ["proved", "refuted", "proved", "proved"]
    rehash(project)
    assert [c.verdict.value for c in check_project(project).claims] == verdicts


@pytest.mark.parametrize("name", SOURCES)
def test_changed_files_with_stale_hashes(name: str, project: Path, builds: Builds) -> None:
    SOURCES[name](project)
    result = outcome(project)
    assert result.refused
    assert result.told
    assert builds.count == 0, "Lean must not see a project that was changed"


@pytest.mark.parametrize("name", SOURCES)
def test_changed_files_with_fresh_hashes(name: str, project: Path, builds: Builds) -> None:
    SOURCES[name](project)
    rehash(project)
    result = outcome(project)
    assert result.refused
    assert result.told
    assert builds.count == 0


@pytest.mark.parametrize("name", MANIFEST)
def test_changed_manifest(name: str, project: Path, builds: Builds) -> None:
    MANIFEST[name](project)
    result = outcome(project)
    assert result.refused
    assert result.told
    assert builds.count == 0


def test_every_field_of_the_manifest_is_covered(project: Path) -> None:
    fields = json.loads((project / "manifest.json").read_text())
    text = " ".join(MANIFEST)
    words = {
        "format": "format",
        "name": "name",
        "root": "root",
        "library": "library",
        "model": "model",
        "claims": "claim",
        "files": "file",
        "sources_sha256": "sources",
        "assumptions": "assumptions",
        "versions": "version",
    }
    assert set(fields) == set(words)
    assert all(word in text for word in words.values())
    assert set(fields["claims"][0]) == {
        *("id", "title", "direction", "outcome", "theorem", "statement", "file", "modules"),
        *("property_sha256", "cases"),
        *("float32", "float32_gap"),
    }


def test_another_network_is_refused_where_the_user_names_one(project: Path, builds: Builds) -> None:
    same = check_project(project, model=tiny_graph())
    assert all(claim.verdict.is_theorem for claim in same.claims)
    other = check_project(project, model=tiny_graph(seed=1))
    assert all(claim.verdict is Verdict.REJECTED for claim in other.claims)
    assert "another network" in other.claims[0].message


def test_compiled_files_in_the_folder_are_not_used(project: Path, builds: Builds) -> None:
    planted = project / ".lake" / "build" / "lib" / "lean" / "Tiny.olean"
    planted.parent.mkdir(parents=True)
    planted.write_bytes(b"hostile")
    (project / "lake-manifest.json").write_text("{}")
    (project / "report.json").write_text("{}")
    report = check_project(project)
    assert all(claim.verdict.is_theorem for claim in report.claims)
    assert not any(".lake" in name for name in builds.seen)
