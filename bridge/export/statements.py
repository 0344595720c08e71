"""Claims as Lean propositions and the theorems that prove them."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.export.claims import Claim
from bridge.export.environment import doc_text
from bridge.export.formulas import formula_text
from bridge.export.operators import fraction_text, shape_text
from bridge.export.packing import (
    PackedBox,
    PackedConst,
    PackedMagnitudes,
    common,
    pack_box,
    pack_const,
)
from certificates.properties import Robustness, describe
from runtime.graph import Graph

__all__ = [
    "NamedText",
    "NamedValue",
    "Statement",
    "Theorem",
    "float32_statement",
    "limits_text",
    "statement",
]

_SCALARS = "(α : Type) [OrderedField α] [DecidableLE α]"


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A constant, box or tensor of magnitudes with its docstring."""

    name: str
    doc: str
    value: PackedConst | PackedBox | PackedMagnitudes


@dataclass(frozen=True, slots=True)
class NamedText:
    """A definition with its docstring."""

    name: str
    doc: str
    text: str


@dataclass(frozen=True, slots=True)
class Theorem:
    """A theorem: name, docstring, statement, proof term."""

    name: str
    doc: str
    statement: str
    proof: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The proposition of a claim, what it mentions, and the theorems about it."""

    id: str
    doc: str
    statement: str
    constants: tuple[NamedValue, ...]
    boxes: tuple[NamedValue, ...]
    formulas: tuple[NamedText, ...]
    theorems: tuple[Theorem, ...]


def statement(claim: Claim, graph: Graph) -> Statement:
    """The Lean text of a bound claim."""
    robust = claim.prop.robust
    if robust is not None:
        return _robust(claim, robust, graph)
    return _general(claim, graph)


def limits_text(robust: Robustness) -> str:
    """The optional limits of `Near`."""
    if robust.clip is None:
        return "none"
    low, high = robust.clip
    return f"(some (({low.numerator}, {low.denominator}), ({high.numerator}, {high.denominator})))"


def _theorems(claim: Claim, text: str, body: str, proof: str) -> tuple[Theorem, ...]:
    """The theorem over every field, and over the rationals."""
    rational = body.replace("α", "Rat")
    return (
        Theorem(claim.theorem, doc_text(text), claim.id, proof),
        Theorem(
            f"{claim.theorem}_rat",
            f"`{claim.theorem}` over the rational numbers.",
            rational,
            f"{claim.theorem} Rat",
        ),
    )


def _robust(claim: Claim, robust: Robustness, graph: Graph) -> Statement:
    shape = graph.inputs[0].shape
    tensor = f"(x : Tensor α {shape_text(shape)})"
    near = f"Near {claim.id}_center {fraction_text(robust.eps)} {limits_text(robust)} x"
    wins = f"Wins {robust.label} (model.run x)"
    numerators, den = common([(v.numerator, v.denominator) for v in robust.center])
    center = pack_const(numerators, den, shape)
    place = f"Certificate.{claim.proofs[0].name}"
    text = describe(claim.prop)
    if claim.direction == "holds":
        body = f"∀ {tensor},\n    {near} → {wins}"
        full = f"∀ {_SCALARS} {tensor},\n    {near} → {wins}"
        proof = f"Prog.Robust.of_sat {place}.input {place}.sat"
        if claim.float32 is not None:
            proof = f"Prog.Robust.of_covers {place}.sat.ensures {place}.input {place}.covers"
    else:
        text = f"Not so: {text}"
        body = f"∃ {tensor.strip('()')},\n    {near} ∧ ¬ {wins}"
        full = f"∀ {_SCALARS}, {body}"
        proof = f"Prog.NotRobust.of_sat {place}.point {place}.near {place}.input {place}.sat"
    return Statement(
        claim.id,
        doc_text(text),
        full,
        (NamedValue(f"{claim.id}_center", f"The center of `{claim.id}`.", center),),
        (),
        (),
        _theorems(claim, text, body, proof),
    )


def _general(claim: Claim, graph: Graph) -> Statement:
    shape = graph.inputs[0].shape
    tensor = f"x : Tensor α {shape_text(shape)}"
    text = describe(claim.prop)
    boxes, formulas, parts, proofs = [], [], [], []
    for proof in claim.proofs:
        case = claim.prop.cases[proof.case]
        ends = [(v.numerator, v.denominator) for v in (*case.box.lo, *case.box.hi)]
        numerators, den = common(ends)
        size = len(case.box)
        box = pack_box(numerators[:size], numerators[size:], den, shape)
        box_name, formula_name = f"{proof.name}_input", f"{proof.name}_safe"
        boxes.append(NamedValue(box_name, f"The inputs of `{proof.name}`.", box))
        formulas.append(
            NamedText(
                formula_name, f"What `{proof.name}` asks of the output.", formula_text(case.safe)
            )
        )
        place = f"Certificate.{proof.name}"
        holds = f"{formula_name}.Holds (model.run x)"
        if claim.direction == "holds":
            parts.append(f"(∀ ({tensor}),\n    {box_name}.Mem x → {holds})")
            tight = claim.float32 is not None
            of_sat = f"Prog.Ensures.of_sat {place}.input {place}.sat"
            proofs.append(
                f"Prog.Ensures.of_covers ({of_sat}) {place}.covers α" if tight else f"{of_sat} α"
            )
        else:
            text = f"Not so: {text}"
            parts.append(f"∃ {tensor},\n    {box_name}.Mem x ∧ ¬ {holds}")
            proofs.append(
                f"Prog.Violates.of_sat {place}.point {place}.near {place}.input {place}.sat α"
            )
    body = " ∧\n  ".join(parts)
    term = proofs[0] if len(proofs) == 1 else "⟨" + ",\n    ".join(proofs) + "⟩"
    return Statement(
        claim.id,
        doc_text(text),
        f"∀ {_SCALARS},\n  {body}",
        (),
        tuple(boxes),
        tuple(formulas),
        _theorems(claim, text, body, f"fun α _ _ => {term}"),
    )


def float32_statement(claim: Claim) -> Statement:
    """The Lean text of the same claim about every binary32 run; it mentions what `statement`
    defines."""
    robust = claim.prop.robust
    budget = f"Budget.{claim.id}"
    parts, proofs = [], []
    for proof in claim.proofs:
        place, inside = f"Certificate.{proof.name}", f"{budget}.{proof.name}_input"
        covers = f"{budget}.{proof.name}_covers"
        if robust is not None:
            near = f"{claim.id}_center {fraction_text(robust.eps)} {limits_text(robust)}"
            parts.append(f"model.RobustIn Float.binary32 {near} {robust.label}")
            proofs.append(
                f"Prog.RobustIn.of_within_near {place}.sat.ensures {place}.input\n    "
                f"{budget}.within {inside} {covers}"
            )
        else:
            parts.append(f"model.EnsuresIn Float.binary32 {proof.name}_input {proof.name}_safe")
            proofs.append(
                f"Prog.EnsuresIn.of_within (Prog.Ensures.of_sat {place}.input {place}.sat)\n    "
                f"({budget}.within.of_boxWithin {inside}) {covers}"
            )
    name = f"{claim.id}_float32"
    doc = f"Of every binary32 run: {describe(claim.prop)}"
    theorem = Theorem(
        claim.float32_theorem,
        doc_text(doc),
        name,
        proofs[0] if len(proofs) == 1 else "⟨" + ",\n    ".join(proofs) + "⟩",
    )
    return Statement(name, doc_text(doc), " ∧\n  ".join(parts), (), (), (), (theorem,))
