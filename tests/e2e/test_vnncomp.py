"""Public benchmarks of VNN-COMP 2021: never a verdict against what all tools agree on."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import lemmanet as ln
from bridge.pipeline import Open, Options, decide_all, load, read_property
from bridge.pipeline.decide import Checked

pytestmark = pytest.mark.slow

_ACASXU = "acasxu/ACASXU_run2a_{}_batch_2000.onnx"
INSTANCES = [
    *((_ACASXU.format(network), "acasxu/prop_3.vnnlib") for network in ("1_1", "1_7", "1_8")),
    *((_ACASXU.format(network), "acasxu/prop_4.vnnlib") for network in ("1_7", "1_9", "3_1")),
    *((_ACASXU.format(network), "acasxu/prop_2.vnnlib") for network in ("2_1", "4_1")),
    ("mnistfc/mnist-net_256x2.onnx", "mnistfc/prop_1_0.05.vnnlib"),
    ("verivital/Convnet_avgpool.onnx", "verivital/specs/avgpool_specs/prop_0_0.02.vnnlib"),
    ("verivital/Convnet_maxpool.onnx", "verivital/specs/maxpool_specs/prop_0_0.004.vnnlib"),
]
CONTRARY = {"unsat": "refuted", "sat": "proved"}


def consensus(vnncomp: Path) -> dict[tuple[str, str], str]:
    with (vnncomp / "expected.csv").open() as stream:
        return {(row["onnx"], row["vnnlib"]): row["consensus"] for row in csv.DictReader(stream)}


@pytest.mark.parametrize(("network", "prop"), INSTANCES)
def test_decisions_never_contradict_the_consensus(vnncomp: Path, network: str, prop: str) -> None:
    model = load(vnncomp / network)
    assert model.importer_check is not None
    property_ = read_property(vnncomp / prop, model.graph)
    (result,) = decide_all(model, property_, Options(search_seconds=3.0)).results
    expected = consensus(vnncomp)[network, prop]
    match result:
        case Open():
            assert result.reason
        case Checked():
            assert expected != "sat"
        case _:
            assert result.outcome != CONTRARY.get(expected)


@pytest.mark.lean
def test_lean_refutes_prop_3_of_acasxu(vnncomp: Path, tmp_path: Path) -> None:
    model = load(vnncomp / _ACASXU.format("1_7"))
    property_ = read_property(vnncomp / "acasxu/prop_3.vnnlib", model.graph)
    report = ln.verify(model, property_, tmp_path / "proof")
    (claim,) = report.claims
    assert claim.verdict is ln.Verdict.REFUTED, claim.message
    assert claim.counterexample is not None
    assert report.model.importer_check is not None
