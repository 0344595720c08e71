"""What is known of a whole case before any neuron is split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.branch.goal import Goal
from certificates.crown import Descent, Program
from certificates.crown.backward import InputBox, Rows
from certificates.crown.bounding import Bounder, Relaxation
from certificates.crown.intermediate import Boxes, intermediate
from certificates.crown.relaxation import Owner
from certificates.crown.slopes import optimize
from runtime.devices import to_numpy

__all__ = ["INNER", "OUTER", "Root"]

Floats = NDArray[np.float64]

INNER = Descent(steps=20, slope_rate=0.3)
OUTER = Descent(steps=40, slope_rate=0.2)
"""How the boxes of a whole case, and its atoms, are optimized before neurons are split."""


@dataclass(frozen=True, slots=True)
class Root:
    """Boxes [1, *shape] of all tensors; by how much each atom fails [atoms], and the slopes [atoms,
    *shape] by non-linear node that show it; the relaxations behind the boxes where kept.
    """

    boxes: dict[str, tuple[Floats, Floats]]
    gaps: Floats
    slopes: dict[str, Floats]
    relaxations: tuple[Relaxation, ...] = ()

    @classmethod
    def of(
        cls,
        program: Program,
        goal: Goal,
        lo: Floats,
        hi: Floats,
        inner: Descent | None,
        outer: Descent,
        keep: bool = False,
    ) -> Root:
        """Bound a case on its box, given flat.

        `inner` optimizes the boxes (None takes CROWN's), `outer` the atoms; `keep` keeps the
        relaxations of the boxes.
        """
        xp = program.xp
        low, high = (
            xp.asarray(end.reshape(1, *program.shapes[program.input]), dtype=program.dtype)
            for end in (lo, hi)
        )
        box = InputBox.of(low, high)
        record: list[Relaxation] | None = [] if keep else None
        bounder = Bounder(program, box, inner, record)
        boxes, lines = intermediate(program, low, high, bounding=bounder)
        forms = xp.asarray(goal.rows, dtype=program.dtype)
        shape = program.shapes[program.output]
        rows = Rows(program.output, Owner(None), forms.reshape(-1, *shape))
        best = optimize(program, rows, lines, box, outer)
        return cls(
            {
                name: tuple(to_numpy(end).astype(np.float64) for end in ends)
                for name, ends in boxes.items()
            },
            to_numpy(best.upper).astype(np.float64) - goal.limits,
            {name: to_numpy(value).astype(np.float64) for name, value in best.slopes.items()},
            tuple(record or ()),
        )

    def boxes_for(self, program: Program) -> Boxes:
        """The boxes on a program's device, in its floats."""
        xp, dtype = program.xp, program.dtype
        return {
            name: (xp.asarray(lo, dtype=dtype), xp.asarray(hi, dtype=dtype))
            for name, (lo, hi) in self.boxes.items()
        }
