"""What the checkers of all formats ask of a certificate's head and of its boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from certificates.checker.bounds import Bounds
from certificates.properties import Case, Property
from runtime.graph import Graph

__all__ = ["RejectedError", "check_contains", "read_box", "short", "stated_case"]


class RejectedError(Exception):
    """The certificate is wrong; the message says where."""


def short(number: int) -> str:
    """A number of the certificate for a message, which stays short."""
    return str(number) if number.bit_length() <= 64 else f"(of {number.bit_length()} bits)"


class _Head(Protocol):
    @property
    def format(self) -> str: ...
    @property
    def model_sha256(self) -> str: ...
    @property
    def property_sha256(self) -> str: ...
    @property
    def case(self) -> int: ...
    @property
    def claim(self) -> str: ...


class _Box(Protocol):
    @property
    def node(self) -> str: ...
    @property
    def den(self) -> int: ...
    @property
    def lo(self) -> Sequence[int]: ...
    @property
    def hi(self) -> Sequence[int]: ...


def stated_case(
    certificate: _Head, graph: Graph, prop: Property, name: str, claims: tuple[str, ...]
) -> Case:
    """The case that a certificate of the format `name` speaks about.

    Raises RejectedError where format, hashes, claim or the case's number are others.
    """
    if certificate.format != name:
        raise RejectedError(f"The format is {certificate.format!r}, not {name}")
    if certificate.model_sha256 != graph.sha256():
        raise RejectedError("The certificate is about another model: model_sha256 differs")
    if certificate.property_sha256 != prop.sha256():
        raise RejectedError("The certificate is about another property: property_sha256 differs")
    if certificate.claim not in claims:
        raise RejectedError(f"The claim {certificate.claim!r} is not {' or '.join(claims)}")
    cases = prop.cases
    if not 0 <= certificate.case < len(cases):
        raise RejectedError(f"Case {short(certificate.case)} is not one of {len(cases)} cases")
    return cases[certificate.case]


def read_box(box: _Box, shape: tuple[int, ...]) -> Bounds:
    """A box of the certificate; raises RejectedError for a wrong size, denominator or order."""
    size = math.prod(shape)
    if box.den < 1:
        raise RejectedError(f"{box.node}: the denominator {short(box.den)} is not positive")
    if len(box.lo) != size or len(box.hi) != size:
        raise RejectedError(
            f"{box.node}: {len(box.lo)} lower and {len(box.hi)} upper bounds for {size} elements"
        )
    for k, (lo, hi) in enumerate(zip(box.lo, box.hi, strict=True)):
        if lo > hi:
            raise RejectedError(f"{box.node}, index {k}: the lower bound exceeds the upper bound")
    return Bounds(list(box.lo), list(box.hi), box.den, shape)


def check_contains(claimed: Bounds, rule: Bounds, name: str, kind: str) -> None:
    """claimed.lo/claimed.den ≤ rule.lo/rule.den, and the reverse for hi, at every index."""
    ours, theirs = claimed.den, rule.den
    for k, (lo, exact) in enumerate(zip(claimed.lo, rule.lo, strict=True)):
        if lo * theirs > exact * ours:
            raise RejectedError(
                f"{name}, index {k}: the lower bound is above what the rule of {kind} gives"
            )
    for k, (hi, exact) in enumerate(zip(claimed.hi, rule.hi, strict=True)):
        if hi * theirs < exact * ours:
            raise RejectedError(
                f"{name}, index {k}: the upper bound is below what the rule of {kind} gives"
            )
