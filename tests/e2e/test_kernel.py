"""What the kernel of Lean refuses by itself, with everything in Python gone round."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import lemmanet as ln
from bridge import toolchain
from bridge.check.constants import read_constants
from bridge.toolchain import BuildResult

pytestmark = [pytest.mark.lean, pytest.mark.slow]
CENTER = np.array([0.1, 0.5, 0.3, 0.9], np.float32)


def build(project: Path) -> tuple[BuildResult, dict[str, str]]:
    """Lean alone: no hashes, no binding, no checker. The result, and the status of each module."""
    result = toolchain.build(project, None, toolchain=toolchain.select())
    statuses = {
        module.module.removeprefix("Small."): module.status
        for module in result.modules
        if module.module.startswith("Small")
    }
    return result, statuses


def test_a_wrong_weight(small: ln.Graph, tmp_path: Path) -> None:
    label = int(small.evaluate(CENTER).argmax())
    ln.export(small, ln.Robust(CENTER, "0.01", label=label, name="stays"), tmp_path / "proof")
    result, statuses = build(tmp_path / "proof")
    assert result.ok
    assert "failed" not in statuses.values()

    # The leading digit of a weight of the first layer: half of it or more is gone or added.
    file = tmp_path / "proof" / "Small" / "Weights" / "Linear.lean"
    text = file.read_text()
    before = read_constants(text)["linear_weight"]
    change = re.search(r"pos := \[\n\s*nat_lit 0x([0-9a-f])", text)
    assert change is not None
    other = "1" if change[1] > "7" else "f"
    changed = text[: change.start(1)] + other + text[change.end(1) :]
    file.write_text(changed)
    after = read_constants(changed)["linear_weight"]
    (k,) = [k for k in range(20) if before.value(k) != after.value(k)]
    assert abs(after.value(k) - before.value(k)) > abs(before.value(k)) / 2

    result, statuses = build(tmp_path / "proof")
    assert not result.ok
    # The files themselves are in order; it is the check of the bounds that does not hold any more.
    assert {statuses[name] for name in ("Weights.Linear", "Model", "Property")} <= {
        *("built", "cached"),
    }
    assert statuses["Certificate.Stays"] == "failed"
    assert statuses["Theorems.Stays"] == "skipped"
    (certificate,) = [m for m in result.modules if m.module == "Small.Certificate.Stays"]
    errors = [item for item in certificate.diagnostics if item.severity == "error"]
    line = (tmp_path / "proof/Small/Certificate/Stays.lean").read_text().splitlines()
    (error,) = errors
    assert "linear_maps (by decide +kernel)" in line[error.line - 1]
    assert "decide" in error.text
    assert "false" in error.text
