"""What the HTML templates draw: geometry and tokens computed from a report, no markup.

Bars use a horizontal scale of 0 to 1000 units; the templates stretch it to the column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.report import figures
from bridge.report.layout import Drawing, Edge, Placed, layout
from bridge.report.lean_syntax import Token, tokenize
from bridge.report.model import (
    Claim,
    FileResult,
    Float32,
    Margin,
    ModelSummary,
    NodeSummary,
    Report,
    Room,
)
from bridge.report.outcome import checked_by
from bridge.report.picture import Picture, picture
from bridge.report.text import clip
from bridge.report.verdicts import Verdict

__all__ = [
    "ClaimView",
    "FileBar",
    "Float32View",
    "GraphView",
    "MarginBar",
    "MarginPlot",
    "NodeView",
]

SCALE = 1000.0
_MAX_BARS = 40
_MAX_DRAWN_NODES = 300
_MAX_STATEMENT = 60_000
_OPEN_CLAIMS = 12
_NODE_TITLE = 27


@dataclass(frozen=True, slots=True)
class MarginBar:
    """One bar from zero to the margin: left end, width, and whether it is above zero."""

    label: str
    lower: float
    x: float
    width: float
    positive: bool


@dataclass(frozen=True, slots=True)
class MarginPlot:
    """Bars on a common scale with its zero line; `omitted` larger margins are not drawn."""

    bars: tuple[MarginBar, ...]
    zero: float
    omitted: int


@dataclass(frozen=True, slots=True)
class FileBar:
    """A Lean file with the widths of its time and memory bars."""

    file: FileResult
    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class Float32View:
    """What is known of binary32 runs: the statement, the tightest inequalities, the files."""

    runs: Float32
    statement: tuple[Token, ...]
    rooms: tuple[Room, ...]
    omitted: int
    share: float | None


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with everything its section shows."""

    claim: Claim
    checked_by: str
    statement: tuple[Token, ...]
    statement_cut: bool
    margins: MarginPlot | None
    files: tuple[FileBar, ...]
    sample: Picture | None
    witness: Picture | None
    float32: Float32View | None
    open: bool

    def bar_kind(self, bar: MarginBar) -> str:
        """CSS class of a margin bar: only a theorem's bars look settled."""
        if not bar.positive:
            return "below"
        if not self.claim.verdict.is_theorem:
            return "open"
        return "violated" if self.claim.verdict is Verdict.REFUTED else "above"


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node's rectangle and the lines of text inside it."""

    node: NodeSummary
    box: Placed
    op: str
    name: str
    shape: str
    parameters: str
    bounds: str


@dataclass(frozen=True, slots=True)
class GraphView:
    """The drawn network."""

    width: float
    height: float
    nodes: tuple[NodeView, ...]
    edges: tuple[Edge, ...]


def claim_views(report: Report) -> list[ClaimView]:
    """One view a claim; short reports start with every claim unfolded."""
    unfolded = len(report.claims) <= _OPEN_CLAIMS
    return [_claim_view(claim, report.model, unfolded) for claim in report.claims]


def _claim_view(claim: Claim, model: ModelSummary, unfolded: bool) -> ClaimView:
    statement = claim.statement or ""
    center = claim.property.box.center if claim.property.box else None
    witness = claim.counterexample.input if claim.counterexample else None
    return ClaimView(
        claim=claim,
        checked_by=checked_by(claim),
        statement=tuple(tokenize(statement[:_MAX_STATEMENT].strip())),
        statement_cut=len(statement) > _MAX_STATEMENT,
        margins=_margin_plot(claim),
        files=_file_bars(claim.files),
        sample=picture(center, model.input_shape) if center else None,
        witness=picture(witness, model.input_shape) if witness else None,
        float32=_float32_view(claim.float32),
        open=unfolded or claim.verdict is not Verdict.PROVED,
    )


def _float32_view(runs: Float32 | None) -> Float32View | None:
    if runs is None:
        return None
    tightest = sorted(runs.rooms, key=lambda room: room.left)[:_MAX_BARS]
    statement = tuple(tokenize((runs.statement or "")[:_MAX_STATEMENT].strip()))
    omitted = len(runs.rooms) - len(tightest)
    return Float32View(runs, statement, tuple(tightest), omitted, runs.worst_share())


def _margin_plot(claim: Claim) -> MarginPlot | None:
    if not claim.margins:
        return None
    margins: Sequence[Margin] = claim.margins
    if len(margins) > _MAX_BARS:
        margins = sorted(margins, key=lambda margin: margin.lower)[:_MAX_BARS]
    low = min(0.0, *(margin.lower for margin in margins))
    high = max(0.0, *(margin.lower for margin in margins))
    # Dividing first keeps the scale finite for margins near the largest float.
    reach = high / 2 - low / 2
    unit = SCALE / 2 / reach if reach > 0 else 0.0
    zero = -low * unit
    bars = tuple(
        MarginBar(
            label=margin.label,
            lower=margin.lower,
            x=zero + min(margin.lower, 0.0) * unit,
            width=abs(margin.lower) * unit,
            positive=margin.lower > 0,
        )
        for margin in margins
    )
    return MarginPlot(bars, zero, len(claim.margins) - len(bars))


def _file_bars(files: Sequence[FileResult]) -> tuple[FileBar, ...]:
    longest = max((file.seconds or 0.0 for file in files), default=0.0) or 1.0
    largest = max((file.peak_memory_bytes or 0 for file in files), default=0) or 1
    return tuple(
        FileBar(
            file,
            SCALE * ((file.seconds or 0.0) / longest),
            SCALE * (file.peak_memory_bytes or 0) / largest,
        )
        for file in files
    )


def graph_view(model: ModelSummary) -> GraphView | None:
    """The drawing of the network, or None for one of more than 300 nodes."""
    if len(model.nodes) > _MAX_DRAWN_NODES:
        return None
    drawing: Drawing | None = layout({node.name: node.inputs for node in model.nodes})
    if drawing is None:
        return None
    by_name = {node.name: node for node in model.nodes}
    nodes = tuple(_node_view(by_name[box.name], box) for box in drawing.nodes)
    return GraphView(drawing.width, drawing.height, nodes, drawing.edges)


def _node_view(node: NodeSummary, box: Placed) -> NodeView:
    op = clip(node.op, _NODE_TITLE - 8)
    parameters = f"{figures.count(node.parameters)} params" if node.parameters else ""
    return NodeView(
        node=node,
        box=box,
        op=op,
        name=clip(node.name, _NODE_TITLE - len(op)),
        shape=clip(figures.shape(node.shape), _NODE_TITLE - len(parameters)),
        parameters=parameters,
        bounds=figures.bounds(node.bounds) if node.bounds else "",
    )
