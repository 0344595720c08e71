"""Bounding many rows, and the relaxations that prove the bounds, for whoever checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from certificates.crown.backward import InputBox, Rows, backward
from certificates.crown.intermediate import Lines, plain, rows_at_once
from certificates.crown.program import Program
from certificates.crown.slopes import Descent, optimize
from runtime.devices import Array, to_numpy

__all__ = ["Bounder", "Relaxation", "relaxation_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Rows on a target with what proves their bounds, for an exact check that trusts none of it.

    Row r says form_r · value(target) ≤ upper[r] in sub-problem owner[r]. `coefficients` are the
    numbers on each argument of each non-linear node after its relaxation, [N, size] by node and
    argument: CROWN's line, the slope and the multiplier in one. They determine the bound.
    """

    target: str
    owner: NDArray[np.intp]
    forms: Floats
    upper: Floats
    coefficients: dict[str, tuple[Floats, ...]]

    def part(self, rows: NDArray[np.intp]) -> Relaxation:
        """Some of the rows."""
        return Relaxation(
            self.target,
            self.owner[rows],
            self.forms[rows],
            self.upper[rows],
            {
                name: tuple(array[rows] for array in arrays)
                for name, arrays in self.coefficients.items()
            },
        )

    def replaced(self, rows: NDArray[np.intp], other: Relaxation) -> Relaxation:
        """With those of another, of the same forms, in the place of some rows."""

        def put(mine: Floats, theirs: Floats) -> Floats:
            result = mine.copy()
            result[rows] = theirs
            return result

        coefficients = {
            name: tuple(map(put, arrays, other.coefficients[name]))
            for name, arrays in self.coefficients.items()
        }
        return replace(self, upper=put(self.upper, other.upper), coefficients=coefficients)

    @staticmethod
    def joined(parts: list[Relaxation]) -> Relaxation:
        """The rows of several relaxations of one target, one after the other."""
        return Relaxation(
            parts[0].target,
            np.concatenate([part.owner for part in parts]),
            np.concatenate([part.forms for part in parts]),
            np.concatenate([part.upper for part in parts]),
            {
                name: tuple(
                    np.concatenate([part.coefficients[name][k] for part in parts])
                    for k in range(len(arrays))
                )
                for name, arrays in parts[0].coefficients.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Bounder:
    """Bounds rows in portions, plainly or with optimized slopes; may keep the relaxations."""

    program: Program
    box: InputBox
    descent: Descent | None = None
    record: list[Relaxation] | None = None

    def __call__(self, rows: Rows, lines: Lines) -> Array:
        if self.descent is None and self.record is None:
            return plain(self.program, self.box)(rows, lines)
        step = rows_at_once(self.program, rows.target)
        parts = [
            self._part(rows.part(slice(start, start + step)), lines)
            for start in range(0, rows.count, step)
        ]
        if self.record is not None:
            self.record.append(Relaxation.joined([kept for _, kept in parts if kept is not None]))
        upper: Array = self.program.xp.concatenate([upper for upper, _ in parts])
        return upper

    def _part(self, rows: Rows, lines: Lines) -> tuple[Array, Relaxation | None]:
        program = self.program
        slopes: Mapping[str, Array] = {}
        if self.descent is not None:
            best = optimize(program, rows, lines, self.box, self.descent)
            if self.record is None:
                return best.upper, None
            slopes = best.slopes
        keep = self.record is not None
        last = backward(program, rows, lines, self.box, slopes, keep=keep)
        kept = relaxation_of(program, rows, last.upper, last.arguments) if keep else None
        return last.upper, kept


def relaxation_of(
    program: Program, rows: Rows, upper: Array, arguments: Mapping[str, list[Array]]
) -> Relaxation:
    """The relaxation of a backward pass that kept its coefficients, in float64 on the CPU."""

    def given(a: Array) -> Floats:
        flat: Floats = np.asarray(to_numpy(a), np.float64).reshape(rows.count, -1)
        return flat

    index = rows.owner.index
    owner = np.zeros(rows.count, np.intp) if index is None else np.asarray(to_numpy(index))
    return Relaxation(
        rows.target,
        owner,
        given(rows.dense(program)),
        np.asarray(to_numpy(upper), np.float64),
        {name: tuple(given(a) for a in parts) for name, parts in arguments.items()},
    )
