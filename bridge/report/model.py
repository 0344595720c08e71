"""The report as data: immutable records whose constructors refuse what must not be said.

Every record checks the types, ranges and lengths of its fields when it is built, in memory and
from JSON alike, and raises `ValueError` with one sentence. `Claim` and `Report` add the rules of
evidence: no `proved` or `refuted` without theorem, toolchain, audit, hashes and a clean build.

Units: seconds are wall-clock seconds, memory is in bytes, hashes are lower-case SHA-256 in
hexadecimal, shapes carry no batch dimension.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from bridge.report.assumptions import ASSUMPTIONS
from bridge.report.evidence import (
    ALLOWED_AXIOMS,
    Diagnostic,
    FileResult,
    audit_contradiction,
    missing_evidence,
)
from bridge.report.float32 import Float32, Room
from bridge.report.record import (
    Count,
    Identifier,
    Name,
    Record,
    Seconds,
    Sha256,
    Shape,
    Text,
    Vector,
)
from bridge.report.verdicts import AuditKind, ExitCode, FileStatus, Severity, Verdict

__all__ = [
    "ALLOWED_AXIOMS",
    "FORMAT",
    "AuditKind",
    "Bounds",
    "Claim",
    "Counterexample",
    "Diagnostic",
    "ExitCode",
    "FileResult",
    "FileStatus",
    "Float32",
    "Hashes",
    "ImporterCheck",
    "InputBox",
    "Margin",
    "ModelSummary",
    "NodeBounds",
    "NodeSummary",
    "PropertySummary",
    "Report",
    "Room",
    "Severity",
    "Source",
    "ToolchainInfo",
    "Verdict",
]

FORMAT: Literal["lemmanet.report/1"] = "lemmanet.report/1"


class Source(Record, frozen=True):
    """Where the model came from: its kind ("onnx", "torch", …), file name and the file's hash."""

    kind: Name
    name: Name
    sha256: Sha256 | None = None


class ImporterCheck(Record, frozen=True):
    """Comparison of the imported graph with another runtime on random inputs."""

    runtime: Name
    runs: Annotated[int, Meta(ge=1)]
    max_difference: Annotated[float, Meta(ge=0)]


class Bounds(Record, frozen=True):
    """Bounds of one tensor: smallest lower, largest upper, mean width over its elements."""

    lo: float
    hi: float
    mean_width: Annotated[float, Meta(ge=0)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lo > self.hi:
            raise ValueError(f"Bounds.lo: {self.lo} is above hi = {self.hi}")


class NodeBounds(Record, frozen=True):
    """Certified bounds of one node under one claim's input box."""

    node: Name
    bounds: Bounds


class NodeSummary(Record, frozen=True):
    """One node of the graph; an input of the graph is a node with `op="Input"` and no inputs.

    `bounds` is the hull over the input boxes of all claims.
    """

    name: Name
    op: Name
    shape: Shape
    inputs: Annotated[tuple[Name, ...], Meta(max_length=1_000)] = ()
    parameters: Count = 0
    bounds: Bounds | None = None


class ModelSummary(Record, frozen=True):
    """The network that the claims speak about; `sha256` is the hash of the canonical graph."""

    name: Name
    source: Source
    parameters: Count
    input_shape: Shape
    output_shape: Shape
    sha256: Sha256
    nodes: Annotated[tuple[NodeSummary, ...], Meta(min_length=1, max_length=20_000)]
    importer_check: ImporterCheck | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        known: set[str] = set()
        for node in self.nodes:
            if missing := [name for name in node.inputs if name not in known]:
                raise ValueError(
                    f"ModelSummary.nodes: {node.name!r} reads {missing[0]!r}, which is not an "
                    "earlier node; list the nodes in topological order, inputs first"
                )
            if node.name in known:
                raise ValueError(f"ModelSummary.nodes: the name {node.name!r} is used twice")
            known.add(node.name)


class InputBox(Record, frozen=True):
    """Summary of an input box: element count, free elements, extremes and mean width.

    `center` is the flat sample that the box surrounds, where there is one.
    """

    size: Count
    free: Count
    lo: float
    hi: float
    mean_width: Annotated[float, Meta(ge=0)]
    center: Vector | None = None


class PropertySummary(Record, frozen=True):
    """The property in words: `kind` ("robust", "output-box", "linear", "vnnlib"), a sentence."""

    kind: Name
    text: Text
    box: InputBox | None = None


class ToolchainInfo(Record, frozen=True):
    """The Lean that checked: provider ("official" or "registry"), version, commit."""

    provider: Name
    version: Name
    commit: Text
    official: bool


class Hashes(Record, frozen=True):
    """SHA-256 of graph, property and generated sources, as far as they exist."""

    model: Sha256 | None = None
    property: Sha256 | None = None
    sources: Sha256 | None = None


class Margin(Record, frozen=True):
    """Certified lower bound of y_label − y_j (or of an atom's slack); above zero means shown."""

    label: Name
    lower: float


class Counterexample(Record, frozen=True):
    """A violating input and its output, flat; the exact rationals stand in the Lean file.

    `float32` is the output of one float32 run, NumPy's, where the input is binary32 numbers, and
    `float32_violates` whether that run violates the property as well.
    """

    input: Vector
    output: Vector
    float32: Vector | None = None
    float32_violates: bool | None = None


class Claim(Record, frozen=True):
    """One property of the model, the verdict on it, and the evidence.

    `float32` is what is known of binary32 runs, where that was asked; all else is about exact
    values. Raises `ValueError` when the evidence does not carry the verdict.
    """

    id: Identifier
    title: Name
    property: PropertySummary
    verdict: Verdict
    message: Text = ""
    statement: Text | None = None
    theorem: Name | None = None
    file: Name | None = None
    toolchain: ToolchainInfo | None = None
    audit: AuditKind | None = None
    axioms: tuple[Name, ...] | None = None
    seconds: Seconds | None = None
    peak_memory_bytes: Count | None = None
    sha256: Hashes = Hashes()
    assumptions: tuple[Name, ...] = ()
    margins: Annotated[tuple[Margin, ...], Meta(max_length=100_000)] = ()
    bounds: Annotated[tuple[NodeBounds, ...], Meta(max_length=20_000)] = ()
    counterexample: Counterexample | None = None
    float32: Float32 | None = None
    files: Annotated[tuple[FileResult, ...], Meta(max_length=20_000)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if reason := self._contradiction():
            raise ValueError(f"claim {self.id!r} cannot be {self.verdict.value}: {reason}")

    def worst_margin(self) -> Margin | None:
        """The margin with the smallest lower bound, if the claim carries margins."""
        return min(self.margins, key=lambda margin: margin.lower, default=None)

    def required_assumptions(self) -> tuple[str, ...]:
        """The assumptions that the way of checking brings along, and that must be listed."""
        required = []
        if self.verdict is Verdict.CHECKED:
            required.append("python-checker")
        if self.toolchain is not None and not self.toolchain.official:
            required.append("unofficial-lean")
        if self.audit is AuditKind.SOURCE_SCAN:
            required.append("source-scan-audit")
        return tuple(required)

    def _contradiction(self) -> str | None:
        if unknown := [name for name in self.assumptions if name not in ASSUMPTIONS]:
            return f"the assumption {unknown[0]!r} has no explanation in the catalogue"
        if reason := audit_contradiction(self) or self._float32_contradiction():
            return reason
        if self.verdict.is_theorem:
            return self._theorem_contradiction()
        if self.verdict in _NEEDS_MESSAGE and not self.message.strip():
            return "the message that says why is missing"
        if self.verdict is Verdict.CHECKED and not (self.sha256.model and self.sha256.property):
            return "the hashes of model and property are missing"
        if self.verdict is Verdict.CHECKED and (missing := self._unlisted()):
            return missing
        if self.verdict in _WITHOUT_LEAN and (self.toolchain or self.audit):
            return "it names a Lean, but the verdict says that Lean was not asked"
        return None

    def _float32_contradiction(self) -> str | None:
        """A theorem about runs needs the same Lean, and lists what comes along with it."""
        if self.float32 is None or self.float32.verdict is not Verdict.PROVED:
            return None
        if self.toolchain is None:
            return "a theorem about runs names no toolchain"
        if self.verdict is Verdict.REFUTED:
            return "it holds of runs and is violated by exact values"
        missing = set(self.required_assumptions()) - set(self.float32.assumptions)
        return f"the assumption {min(missing)!r} of runs must be listed" if missing else None

    def _unlisted(self) -> str | None:
        for assumption in self.required_assumptions():
            if assumption not in self.assumptions:
                return f"the assumption {assumption!r} must be listed"
        return None

    def _theorem_contradiction(self) -> str | None:
        if self.toolchain is None:
            return "toolchain is missing"
        for name in ("model", "property", "sources"):
            if getattr(self.sha256, name) is None:
                return f"the hash of the {name} is missing"
        if missing := missing_evidence(self) or self._unlisted():
            return missing
        if self.verdict is Verdict.REFUTED and self.counterexample is None:
            return "counterexample is missing"
        if self.verdict is Verdict.PROVED and self.counterexample is not None:
            return "it carries a counterexample"
        return None


_NEEDS_MESSAGE = frozenset({Verdict.REJECTED, Verdict.UNDECIDED, Verdict.ERROR})
_WITHOUT_LEAN = frozenset({Verdict.CHECKED, Verdict.CLAIMED})


class Report(Record, frozen=True):
    """All claims about one model, with what a reader needs to repeat them.

    `created` carries a time zone. `reproduce` holds shell commands, `versions` maps a component
    ("lemmanet", "python", "numpy", …) to its version.
    """

    title: Name
    created: Annotated[datetime, Meta(tz=True)]
    model: ModelSummary
    claims: Annotated[tuple[Claim, ...], Meta(min_length=1, max_length=10_000)]
    reproduce: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()
    versions: dict[Name, Name] = field(default_factory=dict)
    format: Literal["lemmanet.report/1"] = FORMAT

    def __post_init__(self) -> None:
        super().__post_init__()
        seen: set[str] = set()
        for claim in self.claims:
            if claim.id in seen:
                raise ValueError(f"Report.claims: the id {claim.id!r} is used twice")
            seen.add(claim.id)
            if claim.sha256.model not in (None, self.model.sha256):
                raise ValueError(
                    f"Report.claims: {claim.id!r} is about another model "
                    f"({claim.sha256.model[:12]}…) than the report ({self.model.sha256[:12]}…)"
                )

    def counts(self) -> dict[Verdict, int]:
        """How many claims ended in each verdict, every verdict present, in vocabulary order."""
        return {v: sum(claim.verdict is v for claim in self.claims) for v in Verdict}

    def assumptions(self) -> tuple[str, ...]:
        """The names of all assumptions that some claim rests on, in catalogue order."""
        used = {name for claim in self.claims for name in claim.assumptions}
        runs = [claim.float32 for claim in self.claims if claim.float32 is not None]
        used |= {name for item in runs for name in item.assumptions}
        return tuple(name for name in ASSUMPTIONS if name in used)

    def toolchains(self) -> tuple[ToolchainInfo, ...]:
        """The distinct Leans that took part, in order of first appearance."""
        found: dict[tuple[Any, ...], ToolchainInfo] = {}
        for claim in self.claims:
            if (tool := claim.toolchain) is not None:
                found.setdefault((tool.provider, tool.version, tool.commit, tool.official), tool)
        return tuple(found.values())
