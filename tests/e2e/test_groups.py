"""Many claims in one project: light ones share files, and Lean proves each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lemmanet as ln
from bridge.export import load_manifest

pytestmark = [pytest.mark.lean, pytest.mark.slow]


def test_claims_that_share_files_have_verdicts_of_their_own(
    small: ln.Graph, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    properties = []
    for number in range(10):
        center = rng.uniform(0.1, 0.9, 4).astype(np.float32)
        label = int(small.evaluate(center).argmax())
        wrong = number == 4
        properties.append(
            ln.Robust(center, 0.001, label=(label + wrong) % 3, name=f"image {number}")
        )
    report = ln.verify(small, properties, tmp_path / "proof")
    verdicts = [claim.verdict.value for claim in report.claims]
    assert verdicts == ["refuted" if number == 4 else "proved" for number in range(10)]
    entries = load_manifest(tmp_path / "proof").claims
    assert len({entry.modules for entry in entries}) == 1
    assert len({claim.theorem for claim in report.claims}) == 10
