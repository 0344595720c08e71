"""`lemmanet certificate check` on an affine certificate: checked, or rejected when changed."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from bridge.cli.certificate import app
from certificates import save_certificate, save_property
from tests.certificates.affine.support import empty_leaf


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The worked example, with its graph and property beside it."""
    graph, prop, made = empty_leaf()
    graph.save(tmp_path / "graph.json")
    save_property(prop, tmp_path / "ramp.property.json")
    save_certificate(made, tmp_path / "ramp.0.certificate.json")
    return tmp_path / "ramp.0.certificate.json"


def test_it_is_checked(certificate: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(certificate)])
    assert result.exit_code == 0
    assert "checked: Case 0 holds." in result.stdout
    assert "y_0 <= 1" in result.stdout


def test_a_wrong_one_is_rejected(certificate: Path) -> None:
    value = msgspec.json.decode(certificate.read_bytes())
    value["root"]["batches"][0]["relax"][0]["coefficients"][1][2] = 0
    certificate.write_text(json.dumps(value))
    result = CliRunner().invoke(app, ["check", str(certificate), "--json"])
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["verdict"] == "rejected"
    assert "row 2" in answer["message"]
