"""docs/architecture.md is so: the folders are there, and imports go one way."""

from __future__ import annotations

import ast
import re

import pytest

_AFFINE_PRODUCER = (
    "backward",
    "boxes",
    "costs",
    "goal",
    "plan",
    "pooling",
    "produce",
    "region",
)
_FLOAT32_PRODUCER = ("carriers", "literals", "measure", "produce")
_RULES = {
    "runtime": ("certificates", "bridge", "lemmanet"),
    "certificates": ("bridge", "lemmanet"),
    "bridge": ("lemmanet",),
    "certificates/checker": (
        "certificates.producer",
        "certificates.interval",
        "certificates.search",
        "certificates.crown",
        "certificates.branch",
        *(f"certificates.affine.{name}" for name in _AFFINE_PRODUCER),
        *(f"certificates.float32.{name}" for name in _FLOAT32_PRODUCER),
    ),
    "bridge/check/binding.py": ("bridge.export", "bridge.check.integrity"),
    "bridge/check/architecture.py": ("bridge.export",),
    "bridge/check/constants.py": ("bridge.export",),
    "bridge/check/lean_reader.py": ("bridge.export",),
    "bridge/check/lean_terms.py": ("bridge.export",),
    "bridge/check/lean_text.py": ("bridge.export",),
    "bridge/check/statements.py": ("bridge.export",),
}


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _sources(place):
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    assert files
    return files


@pytest.mark.parametrize("place", sorted(_RULES))
def test_imports_go_one_way(root, place):
    for path in _sources(root / place):
        for name in _imports(path):
            for forbidden in _RULES[place]:
                inside = name == forbidden or name.startswith(f"{forbidden}.")
                assert not inside, f"{path.relative_to(root)} imports {name}"


def test_the_graph_stands_alone(root):
    for path in _sources(root / "runtime" / "graph"):
        for name in _imports(path):
            if name.startswith("runtime."):
                assert name.startswith(("runtime.graph", "runtime.errors")), f"{path.name}: {name}"


def test_the_public_face_defines_nothing(root):
    tree = ast.parse((root / "lemmanet.py").read_text(encoding="utf-8"))
    for node in tree.body:
        allowed = (ast.Import, ast.ImportFrom, ast.Expr)
        if not isinstance(node, allowed):
            assert isinstance(node, ast.Assign), ast.unparse(node)[:60]
            assert ast.unparse(node.targets[0]) == "__all__"


def test_every_folder_is_in_the_table(docs, root):
    listed = set(re.findall(r"^\| `([\w/]+)`", docs["docs/architecture.md"].text, re.MULTILINE))
    for folder in listed:
        assert (root / folder).is_dir(), folder
    for package in ("certificates", "bridge"):
        for init in (root / package).glob("*/__init__.py"):
            assert init.parent.relative_to(root).as_posix() in listed
