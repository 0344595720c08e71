"""Fixtures for tests of the bridge: a stand-in for the library, and a Lean that obeys."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge import toolchain
from bridge.check import project as project_module
from bridge.export import project as export_module
from bridge.toolchain.model import BuildResult, Diagnostic, ModuleResult


@dataclass(frozen=True)
class FakeLean:
    """A toolchain that is not asked: the builds are made up by `Builds`."""

    name: str = "registry"
    version: str = "4.28.0-pre"
    commit: str = "0" * 40
    official: bool = False
    reason: str = "a test"
    note: str = ""

    def lake(self) -> list[str]:
        return ["false"]


@dataclass
class Builds:
    """What the fake build answers; tests change the fields."""

    lean: FakeLean = field(default_factory=FakeLean)
    statuses: dict[str, str] = field(default_factory=dict)
    diagnostics: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    count: int = 0
    seen: dict[str, bytes] = field(default_factory=dict)

    def build(self, folder: Path, targets: Any, **_: Any) -> BuildResult:
        self.count += 1
        modules = []
        for path in sorted(folder.rglob("*.lean")):
            name = path.relative_to(folder).as_posix()
            self.seen[name] = path.read_bytes()
            if name in ("lakefile.lean", "Audit.lean", "Challenge.lean"):
                continue
            module = name.removesuffix(".lean").replace("/", ".")
            if module in self.missing:
                continue
            status = self.statuses.get(module, "built")
            messages = self.diagnostics.get(module, ())
            modules.append(ModuleResult(module, str(path), status, 1.0, 10**9, messages))
        return BuildResult(all(module.ok for module in modules), tuple(modules), 3.0)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of one harmless file, which the checker takes for the installed one."""
    folder = tmp_path / "library"
    (folder / "lean").mkdir(parents=True)
    (folder / "lakefile.lean").write_text("package lemmanet\nlean_lib Lemmanet\n")
    (folder / "lean-toolchain").write_text("leanprover/lean4:v4.28.0\n")
    (folder / "lean" / "Lemmanet.lean").write_text("module\n")
    monkeypatch.setattr(project_module, "library_folder", lambda: folder)
    monkeypatch.setattr(export_module, "library_folder", lambda: folder)
    monkeypatch.setenv("LEMMANET_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Builds:
    """A Lean that accepts everything, unless the test says otherwise."""
    fake = Builds()
    monkeypatch.setattr(toolchain, "select", lambda _provider=None: fake.lean, raising=False)
    monkeypatch.setattr(toolchain, "build", fake.build, raising=False)
    return fake
