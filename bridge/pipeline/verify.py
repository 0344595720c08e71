"""The whole line: from a model and properties to Lean's verdicts and a report."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bridge.check import check_project
from bridge.check.files import OUTPUTS, read_tree
from bridge.check.summary import margins, model_summary, property_summary
from bridge.check.versions import versions
from bridge.export import Claim, export_project, lower, project_files
from bridge.export.manifest import MANIFEST
from bridge.pipeline.decide import Checked, Open, decide
from bridge.pipeline.ids import claim_ids
from bridge.pipeline.options import Options
from bridge.pipeline.sources import LoadedModel, load
from bridge.report import model as report
from bridge.report.html import save_html
from bridge.report.storage import save
from bridge.report.verdicts import Verdict
from bridge.toolchain.model import BuildEvent
from certificates import Property
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Decisions", "decide_all", "export", "prove", "save_reports", "verify"]

Step = Callable[[str], None]

_CHECKER_ASSUMPTIONS = (
    "real-arithmetic",
    "model-import",
    "property-import",
    "preprocessing-outside",
    "python-checker",
)
"""What a verdict of the exact checker rests on, without any Lean."""


@dataclass(frozen=True)
class Decisions:
    """A lowered model with what was decided about each property, in the order given."""

    model: LoadedModel
    results: tuple[Claim | Checked | Open, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What can be exported."""
        return tuple(result for result in self.results if isinstance(result, Claim))

    @property
    def open(self) -> tuple[Checked | Open, ...]:
        """What Lean is not asked about: undecided, or beyond what it covers."""
        return tuple(result for result in self.results if not isinstance(result, Claim))


def decide_all(
    model: Graph | Path | str | LoadedModel,
    properties: Property | Sequence[Property],
    options: Options | None = None,
    *,
    on_step: Step | None = None,
) -> Decisions:
    """Load and lower the model, and find certificates for each property; no Lean is needed.

    Raises InputError for a model or property that cannot be used, or no property at all.
    """
    loaded = model if isinstance(model, LoadedModel) else load(model)
    loaded = replace(loaded, graph=lower(loaded.graph))
    given = [properties] if isinstance(properties, Property) else list(properties)
    if not given:
        raise InputError("There is no property to verify; give at least one.")
    results = [
        decide(loaded.graph, prop, claim, options, on_step=on_step)
        for claim, prop in zip(claim_ids(given), given, strict=True)
    ]
    return Decisions(loaded, tuple(results))


def export(
    model: Graph | Path | str | LoadedModel,
    properties: Property | Sequence[Property],
    out: Path | str,
    options: Options | None = None,
    *,
    force: bool = False,
    on_step: Step | None = None,
) -> Decisions:
    """Write the Lake project of all properties that can be decided; `open` tells of the others.

    `out` is a new folder; with `force` an exported project is replaced. A project that is already
    there with the same contents is left alone. Raises InputError.
    """
    out = Path(out)
    _check_place(out, force)
    decisions = decide_all(model, properties, options, on_step=on_step)
    _export(decisions, out, force)
    return decisions


def verify(
    model: Graph | Path | str | LoadedModel,
    properties: Property | Sequence[Property],
    out: Path | str | None = None,
    options: Options | None = None,
    *,
    provider: str | None = None,
    timeout: float = 600.0,
    memory: int = 4096,
    jobs: int = 2,
    force: bool = False,
    on_event: Callable[[BuildEvent], None] | None = None,
    on_step: Step | None = None,
) -> report.Report:
    """Decide each property, export theorems, have Lean check them, and report.

    Args:
        model: a graph, or a model file.
        properties: one or several.
        out: a folder for the project, `report.json` and `report.html`; None keeps nothing.
        options: what theorems speak about, and how much is tried; see `Options`.
        provider: the Lean to use, "official" or "registry"; None takes the best that is there.
        timeout: seconds for one Lean file.
        memory: mebibytes for one Lean file.
        jobs: Lean files at once.
        force: replace another project in `out`.
        on_event: called with the events of the Lean build.
        on_step: called with what is being done before it.

    A property that cannot be decided is `undecided` in the report. An interrupted run leaves
    whole files alone, and the next one goes on from them. Raises InputError for what cannot be
    used, InfrastructureError where no Lean is there.
    """
    if out is not None:
        _check_place(Path(out), force)
    decisions = decide_all(model, properties, options, on_step=on_step)
    return prove(
        decisions,
        out,
        provider=provider,
        timeout=timeout,
        memory=memory,
        jobs=jobs,
        force=force,
        on_event=on_event,
        on_step=on_step,
    )


def prove(
    decisions: Decisions,
    out: Path | str | None = None,
    *,
    provider: str | None = None,
    timeout: float = 600.0,
    memory: int = 4096,
    jobs: int = 2,
    force: bool = False,
    on_event: Callable[[BuildEvent], None] | None = None,
    on_step: Step | None = None,
) -> report.Report:
    """As `verify`, from its second step on: what was decided is exported, and checked by Lean."""
    with _place(None if out is None else Path(out), force) as folder:
        checked = None
        _export(decisions, folder, force)
        if decisions.claims:
            if on_step is not None:
                on_step("checking the theorems in Lean")
            checked = check_project(
                folder,
                provider=provider,
                timeout=timeout,
                memory=memory,
                jobs=jobs,
                on_event=on_event,
                importer_check=decisions.model.importer_check,
            )
        result = _report(decisions, checked)
        if out is None:
            # The commands would name a folder that is gone.
            return msgspec.structs.replace(result, reproduce=())
        save_reports(result, folder)
        return result


def save_reports(result: report.Report, folder: Path) -> dict[str, Path]:
    """Write `report.json` and `report.html` into `folder`; returns their paths by kind."""
    paths = {"JSON": folder / "report.json", "HTML": folder / "report.html"}
    save(result, paths["JSON"])
    save_html(result, paths["HTML"])
    return paths


@contextlib.contextmanager
def _place(out: Path | None, force: bool) -> Iterator[Path]:
    """The folder to write to: the user's, or one that is gone afterwards."""
    if out is not None:
        _check_place(out, force)
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="lemmanet-") as folder:
        yield Path(folder) / "project"


def _check_place(out: Path, force: bool) -> None:
    """Refuse early, before any work, a folder whose contents are not ours to replace."""
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise InputError(f"{out} exists and is not a folder; choose another name.")
    names = {entry.name for entry in out.iterdir()}
    if names and not names <= OUTPUTS and MANIFEST not in names:
        raise InputError(f"The folder {out} is not empty and holds no project; choose another.")


def _export(decisions: Decisions, out: Path, force: bool) -> None:
    """Bring the project to `out`, unless it is there already."""
    if not decisions.claims:
        if (out / MANIFEST).is_file():
            if not force:
                raise InputError(f"The folder {out} holds another project; use --force.")
            shutil.rmtree(out)
        return
    graph, claims = decisions.model.graph, decisions.claims
    if (out / MANIFEST).is_file():
        files, _ = project_files(graph, claims)
        if read_tree(out) == files:
            return
    elif out.is_dir():
        for name in OUTPUTS & {entry.name for entry in out.iterdir() if entry.is_file()}:
            (out / name).unlink()
    export_project(graph, claims, out, force=force)


def _report(decisions: Decisions, checked: report.Report | None) -> report.Report:
    """One report over what Lean checked and what stayed open, in the order of the properties."""
    by_id = {claim.id: claim for claim in checked.claims} if checked else {}
    graph = decisions.model.graph
    claims = tuple(
        by_id[result.id] if isinstance(result, Claim) else _open(result, graph)
        for result in decisions.results
    )
    if checked is not None:
        return msgspec.structs.replace(checked, claims=claims)
    return report.Report(
        title=f"{graph.name}: what was decided",
        created=datetime.now(UTC),
        model=model_summary(graph, check=decisions.model.importer_check),
        claims=claims,
        versions=versions(),
    )


def _open(result: Checked | Open, graph: Graph) -> report.Claim:
    return report.Claim(
        id=result.id,
        title=result.prop.name,
        property=property_summary(result.prop),
        verdict=Verdict.CHECKED if isinstance(result, Checked) else Verdict.UNDECIDED,
        message=result.reason,
        assumptions=_CHECKER_ASSUMPTIONS if isinstance(result, Checked) else (),
        sha256=report.Hashes(model=graph.sha256(), property=result.prop.sha256()),
        margins=margins(result.margins),
    )
