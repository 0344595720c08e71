"""pyproject.toml declares what is imported, and nothing else; `lemmanet doctor` looks for it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib

from bridge import doctor

_PACKAGES = ("runtime", "certificates", "bridge")
_MODULES = {"protobuf": "google", "scikit-learn": "sklearn"}
_OPTIONAL = {"torch", "cupy", "onnxruntime", "sklearn", "matplotlib"}


def _declared(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [re.match(r"[\w-]+", text).group() for text in project["dependencies"]]


def _imported(root):
    for package in _PACKAGES:
        for path in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    yield node.module.partition(".")[0]


def test_dependencies_are_what_is_imported(root):
    foreign = set(_imported(root)) - set(sys.stdlib_module_names) - {*_PACKAGES, "lemmanet"}
    declared = {_MODULES.get(name, name) for name in _declared(root)}
    assert declared - foreign == set(), "declared and not imported"
    assert foreign - declared - _OPTIONAL == set(), "imported and not declared"


def test_the_doctor_looks_for_every_dependency(root):
    assert set(doctor._REQUIRED) == set(_declared(root))
