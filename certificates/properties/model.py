"""Properties in canonical form: for each case, every x in a box makes a formula true."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from certificates.properties.balls import NORMS, Ball, Norm
from certificates.properties.formulas import And, Formula, LinearAtom, atoms, less_than
from certificates.properties.rationals import to_text
from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.graph import Graph

__all__ = ["FORMAT", "Box", "Case", "Kind", "Property", "Robustness"]

FORMAT = "lemmanet.property/1"
Kind = Literal["robust", "output-box", "linear", "vnnlib"]
MAX_COORDINATES = 1 << 22
MAX_CASES = 10_000
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Box:
    """All x with lo_i ≤ x_i ≤ hi_i; x is the flat input in row-major order; never empty."""

    lo: tuple[Fraction, ...]
    hi: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if len(self.lo) != len(self.hi):
            raise InputError(
                f"The input box has {len(self.lo)} lower and {len(self.hi)} upper bounds; "
                "give one of each a coordinate."
            )
        if not 0 < len(self.lo) <= MAX_COORDINATES:
            raise InputError(
                f"The input box has {len(self.lo)} coordinates; from 1 to {MAX_COORDINATES} work."
            )
        for i, (lo, hi) in enumerate(zip(self.lo, self.hi, strict=True)):
            if lo > hi:
                raise InputError(
                    f"The input box is empty: x_{i} has the lower bound {lo} above its upper bound "
                    f"{hi}; swap or correct them."
                )

    def __len__(self) -> int:
        return len(self.lo)

    def contains(self, x: tuple[Fraction, ...]) -> bool:
        """Exact membership of a flat point."""
        return len(x) == len(self.lo) and all(
            lo <= v <= hi for lo, v, hi in zip(self.lo, x, self.hi, strict=True)
        )

    def clipped(self, x: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """The nearest point of the box."""
        ends = zip(self.lo, x, self.hi, strict=True)
        return tuple(min(max(v, lo), hi) for lo, v, hi in ends)


@dataclass(frozen=True, slots=True)
class Case:
    """∀ x ∈ box, and in the ball where there is one, safe(model x)."""

    box: Box
    safe: Formula
    ball: Ball | None = None

    def contains(self, x: tuple[Fraction, ...]) -> bool:
        """Exact membership of a flat input."""
        return self.box.contains(x) and (self.ball is None or self.ball.contains(x))

    def nearest(self, x: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """An input of the case close to a flat point; the point itself where it is one."""
        clipped = self.box.clipped(x)
        if self.ball is None:
            return clipped
        return self.ball.pulled(clipped, self.box.clipped(self.ball.center))


@dataclass(frozen=True, slots=True)
class Robustness:
    """The data of local robustness: x within eps of the center, clipped, keeps a label.

    The distance is |x_i − center_i| in every coordinate for the norm "linf", the sum of these for
    "l1", the root of the sum of their squares for "l2". `clip` is the valid range of every
    coordinate, or None; `center` is flat and row-major.
    """

    center: tuple[Fraction, ...]
    eps: Fraction
    label: int
    clip: tuple[Fraction, Fraction] | None
    norm: Norm = "linf"

    def __post_init__(self) -> None:
        if self.norm not in NORMS:
            raise InputError(f'The norm {self.norm!r} is unknown; use "linf", "l1" or "l2".')
        if not self.center:
            raise InputError("The center has no coordinates; give the input to stay close to.")
        if self.eps < 0:
            raise InputError(f"eps is {self.eps}; a radius must be zero or more.")
        if isinstance(self.label, bool) or not isinstance(self.label, int) or self.label < 0:
            raise InputError(f"label is {self.label!r}; give the index of an output, from 0.")
        if self.clip is not None and self.clip[0] > self.clip[1]:
            raise InputError(
                f"clip is empty: its lower end {self.clip[0]} exceeds its upper end {self.clip[1]}."
            )

    def ball(self) -> Ball | None:
        """The ball in the l1 or l2 norm; None for the maximum norm, whose ball is a box."""
        return None if self.norm == "linf" else Ball(self.norm, self.center, self.eps)

    def box(self) -> Box:
        """The ball in the maximum norm, which contains the others, cut with the clip range."""
        lo = [c - self.eps for c in self.center]
        hi = [c + self.eps for c in self.center]
        if self.clip is not None:
            lo = [max(v, self.clip[0]) for v in lo]
            hi = [min(v, self.clip[1]) for v in hi]
        box, ball = Box(tuple(lo), tuple(hi)), self.ball()
        if ball is not None and not ball.contains(box.clipped(self.center)):
            raise InputError(
                f"No input within {self.eps} of the center lies in the clip range; widen one."
            )
        return box

    def safe(self, outputs: int) -> Formula:
        """y_j < y_label for every other j of `outputs` outputs."""
        if self.label >= outputs:
            raise InputError(
                f"label is {self.label}, but the model has {outputs} outputs; "
                f"give a label from 0 to {outputs - 1}."
            )
        if outputs < 2:
            raise InputError("Robustness needs a model with at least two outputs; this has one.")
        return And(tuple(less_than(j, self.label) for j in range(outputs) if j != self.label))


@dataclass(frozen=True)
class Property:
    """What is to be shown of a model: `cases` in canonical form, and how the user put it.

    A robustness property knows its cases once it knows the number of outputs: `bind` it to the
    graph first. The other kinds carry `given` cases and need no binding. The hash and the JSON form
    do not depend on binding.
    """

    name: str
    kind: Kind
    robust: Robustness | None = None
    given: tuple[Case, ...] = ()
    outputs: int | None = None

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > 200 or not self.name.isprintable():
            raise InputError("A property's name must have 1 to 200 printable characters.")
        if (self.robust is None) == (not self.given):
            raise InputError("A property is either robustness data or a list of cases.")
        if len(self.given) > MAX_CASES:
            raise InputError(f"The property has {len(self.given)} cases; at most {MAX_CASES} work.")
        sizes = {len(case.box) for case in self.given}
        if len(sizes) > 1:
            raise InputError(f"The property's boxes have different sizes: {sorted(sizes)}.")
        if any(case.safe.depth > MAX_DEPTH for case in self.given):
            raise InputError(f"A formula is nested more than {MAX_DEPTH} levels deep; flatten it.")
        if self.robust is not None:
            self.robust.box()  # refuses a clip range that misses the ball
            if self.outputs is not None:
                self.robust.safe(self.outputs)

    @property
    def input_size(self) -> int:
        """Number of flat input coordinates."""
        return len(self.robust.center) if self.robust else len(self.given[0].box)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The canonical cases. Raises InputError for robustness that is not bound to a model."""
        if self.robust is None:
            return self.given
        if self.outputs is None:
            raise InputError(
                f"The property {self.name!r} does not know how many outputs the model has; "
                "call prop.bind(graph) first."
            )
        return (Case(self.robust.box(), self.robust.safe(self.outputs), self.robust.ball()),)

    def bind(self, graph: Graph) -> Property:
        """The same property for this model, after `check_against`."""
        self.check_against(graph)
        outputs = _size(graph.shape_of(graph.output))
        if self.robust is None or self.outputs == outputs:
            return self
        return replace(self, outputs=outputs)

    def check_against(self, graph: Graph) -> None:
        """Raises InputError where the property does not fit the model's input or output."""
        if len(graph.inputs) != 1:
            raise InputError(
                f"The model has {len(graph.inputs)} inputs; properties speak about exactly one."
            )
        inputs = _size(graph.inputs[0].shape)
        if inputs != self.input_size:
            raise InputError(
                f"The property {self.name!r} is about {self.input_size} input coordinates, "
                f"but the model has {inputs}; use the property made for this model."
            )
        outputs = _size(graph.shape_of(graph.output))
        if self.robust is not None:
            self.robust.safe(outputs)
            if self.outputs not in (None, outputs):
                raise InputError(
                    f"The property {self.name!r} is bound to {self.outputs} outputs, "
                    f"but the model has {outputs}; bind it to this model."
                )
        for case in self.given:
            for atom in atoms(case.safe):
                if atom.coefficients[-1][0] >= outputs:
                    raise InputError(
                        f"The property {self.name!r} mentions y_{atom.coefficients[-1][0]}, but "
                        f"the model has {outputs} outputs, y_0 to y_{outputs - 1}."
                    )

    def to_json(self) -> dict[str, Any]:
        """The JSON form `lemmanet.property/1`: numbers are strings such as "3/100"."""
        head: dict[str, Any] = {"format": FORMAT, "kind": self.kind, "name": self.name}
        if self.robust is not None:
            clip = self.robust.clip
            head["robust"] = {
                "center": [to_text(v) for v in self.robust.center],
                "eps": to_text(self.robust.eps),
                "norm": self.robust.norm,
                "label": self.robust.label,
                "clip": None if clip is None else [to_text(v) for v in clip],
            }
        else:
            head["cases"] = [
                {
                    "lo": [to_text(v) for v in case.box.lo],
                    "hi": [to_text(v) for v in case.box.hi],
                    "safe": _formula_json(case.safe),
                }
                for case in self.given
            ]
        return head

    @staticmethod
    def from_json(value: Any) -> Property:
        """The inverse of `to_json`; see `certificates.properties.property_from_json`."""
        from certificates.properties.codec import property_from_json

        return property_from_json(value)

    def describe(self) -> str:
        """The statement in one line; see `certificates.properties.describe`."""
        from certificates.properties.text import describe

        return describe(self)

    def sha256(self) -> str:
        """Hash of the canonical JSON form without the name: what is claimed, not what it is called.

        Canonical: keys sorted, no spaces, ASCII, rationals in lowest terms.
        """
        content = {key: value for key, value in self.to_json().items() if key != "name"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def _formula_json(formula: Formula) -> dict[str, Any]:
    if isinstance(formula, LinearAtom):
        return {
            "atom": {
                "coefficients": [[i, to_text(c)] for i, c in formula.coefficients],
                "bound": to_text(formula.bound),
                "strict": formula.strict,
            }
        }
    key = "and" if isinstance(formula, And) else "or"
    return {key: [_formula_json(part) for part in formula.parts]}


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for extent in shape:
        size *= extent
    return size
