"""A package on disk, and a builder that runs the fake Lean on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge.lake.build import Builder
from bridge.lake.graph import module_graph
from bridge.lake.workspace import load_workspace
from bridge.toolchain.install import installed_registry, registry_folder
from bridge.toolchain.model import BuildEvent, Limits, ModuleResult

FAKE_LEAN = Path(__file__).with_name("fake_lean.py")
LAKEFILE = "import Lake\nopen Lake DSL\npackage demo\n@[default_target]\nlean_lib Demo\n"


@dataclass
class Project:
    """A package `demo` with one library `Demo`, built by the fake Lean."""

    root: Path
    events: list[BuildEvent] = field(default_factory=list)

    def write(self, **modules: str) -> None:
        for name, text in modules.items():
            path = self.root / Path(*name.split("__")).with_suffix(".lean")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(
        self, targets: Sequence[str] = ("Demo",), *, limits: Limits | None = None, **options: Any
    ) -> dict[str, ModuleResult]:
        self.events.clear()
        workspace = load_workspace(self.root)
        graph = module_graph(workspace, workspace.targets(list(targets)), self.root / "no-core")
        builder = Builder(
            lean=[sys.executable, str(FAKE_LEAN)],
            toolchain_id=options.pop("toolchain_id", "fake 1"),
            graph=graph,
            limits=limits or Limits(timeout_s=60, memory_mb=1000),
            jobs=2,
            on_event=self.events.append,
            **options,
        )
        return {result.module: result for result in builder.run()}

    def calls(self) -> list[str]:
        """The files that the fake Lean was started on since the last call of this method."""
        log = self.root / "calls.log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return sorted(lines)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty package and an empty cache."""
    monkeypatch.setenv("LEMMANET_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "demo"
    root.mkdir()
    (root / "lakefile.lean").write_text(LAKEFILE)
    monkeypatch.setenv("PATH", str(root), prepend=":")
    return Project(root)


@pytest.fixture(scope="session")
def registry() -> Path:
    """The folder of the installed registry toolchain; skips where there is none."""
    if installed_registry() is None:
        pytest.skip("the registry toolchain is not installed")
    return registry_folder()


@pytest.fixture
def real_package(tmp_path: Path, registry: Path) -> Callable[[str], Path]:
    """Makes a package whose only module has the given source."""

    def make(source: str) -> Path:
        root = tmp_path / "real"
        root.mkdir(exist_ok=True)
        (root / "lakefile.lean").write_text(LAKEFILE)
        (root / "Demo.lean").write_text(source)
        return root

    return make
