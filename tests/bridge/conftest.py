"""Fixtures for tests of the bridge: a stand-in for the library, and a Lean that obeys."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bridge import toolchain
from bridge.check import project as project_module
from bridge.check.chain import module_chain
from bridge.export import project as export_module
from bridge.toolchain.model import BuildResult, Diagnostic, ModuleResult

# A busy machine is no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


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
    """What the fake build answers; tests change the fields.

    `statuses` are those of single modules; what imports one that failed is skipped. `quiet` modules
    are not told of when everything is built.
    """

    lean: FakeLean = field(default_factory=FakeLean)
    statuses: dict[str, str] = field(default_factory=dict)
    diagnostics: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)
    count: int = 0
    targets: list[list[str] | None] = field(default_factory=list)
    seen: dict[str, bytes] = field(default_factory=dict)

    def build(self, folder: Path, targets: list[str] | None, **_: Any) -> BuildResult:
        self.count += 1
        self.targets.append(targets)
        quiet = self.quiet if targets is None else set()
        texts = {}
        for path in sorted(folder.rglob("*.lean")):
            name = path.relative_to(folder).as_posix()
            self.seen[name] = path.read_bytes()
            if name not in ("lakefile.lean", "Audit.lean", "Challenge.lean"):
                texts[name.removesuffix(".lean").replace("/", ".")] = path.read_text()
        wanted = texts if targets is None else {m for t in targets for m in module_chain(texts, t)}
        modules = []
        for module in texts:
            if module in wanted and module not in self.missing:
                status = "skipped" if module in quiet else self._status(module, texts, quiet)
                messages = self.diagnostics.get(module, ())
                modules.append(ModuleResult(module, "", status, 1.0, 10**9, messages))
        return BuildResult(all(module.ok for module in modules), tuple(modules), 3.0)

    def _status(self, module: str, texts: dict[str, str], quiet: set[str]) -> str:
        if module in self.statuses:
            return self.statuses[module]
        below = module_chain(texts, module)[:-1]
        broken = any(self.statuses.get(name, "built") not in ("built", "cached") for name in below)
        return "skipped" if broken or not quiet.isdisjoint(below) else "built"


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
