"""The ladder against the exact checker: what is false never decides."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bridge.exporters import save_onnx
from bridge.importers.vnnlib import from_vnnlib
from bridge.vnncomp.attempts import Attempt, Rung, Task
from bridge.vnncomp.decide import Decider
from bridge.vnncomp.inputs import content_sha256
from bridge.vnncomp.jobs import DecideJob
from bridge.vnncomp.ladder import LADDER
from bridge.vnncomp.witness import counterexample_text, witness
from bridge.vnncomp.worker import decide_job
from certificates import Certificate, Property, produce
from runtime.graph import Graph

from .conftest import KEY, PROPERTIES, vnnlib

TWO_BOXES = """
(declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real) (declare-const Y_1 Real)
(assert (or (and (>= X_0 0) (<= X_0 1)) (and (>= X_0 2) (<= X_0 3))))
(assert (>= X_1 0)) (assert (<= X_1 1)) (assert (>= Y_0 {}))
"""


def prop(text: str, graph: Graph, folder: Path) -> Property:
    path = folder / "p.vnnlib"
    path.write_text(text)
    return from_vnnlib(path, graph).bind(graph)


def rung(run: Callable[[Task], Attempt], name: str = "liar") -> Rung:
    return Rung(name, run, lambda left: left)


@pytest.mark.parametrize(
    ("name", "claim"), [("holds", "holds"), ("violated", "violated"), ("open", None)]
)
def test_the_ladder(network: Graph, tmp_path: Path, name: str, claim: str | None) -> None:
    decider = Decider(network, prop(PROPERTIES[name], network, tmp_path), timeout=1.0)
    decider.run()
    assert [c.claim for c in decider.certificates.values()] == ([claim] if claim else [])
    assert bool(decider.open_cases) == (claim is None)
    if claim is None:
        assert decider.reason
        assert decider.bound == 0.0
    else:
        assert decider.bound is not None
        assert decider.bound > 0


def test_all_cases_are_needed(network: Graph, tmp_path: Path) -> None:
    both = prop(TWO_BOXES.format("0.5"), network, tmp_path)
    assert len(both.cases) == 2
    decider = Decider(network, both, timeout=5.0)
    decider.run()
    assert sorted(decider.certificates) == [0, 1]
    one = Decider(network, prop(TWO_BOXES.format("-5"), network, tmp_path), timeout=5.0)
    one.run()
    assert one.violated is not None
    assert len(one.certificates) == 1


def forged(task: Task, **changes: object) -> Attempt:
    honest = produce(task.graph, task.prop, task.case)
    assert isinstance(honest, Certificate)
    return Attempt(certificate=msgspec.structs.replace(honest, **changes))


def tightened(task: Task) -> Attempt:
    honest = produce(task.graph, task.prop, task.case)
    assert isinstance(honest, Certificate)
    box = honest.boxes[1]
    boxes = [*honest.boxes]
    boxes[1] = msgspec.structs.replace(box, hi=[value - 1 for value in box.hi])
    return Attempt(certificate=msgspec.structs.replace(honest, boxes=boxes))


@pytest.mark.parametrize(
    "lie",
    [
        tightened,
        lambda task: forged(task, claim="violated"),
        lambda task: forged(task, model_sha256="1" * 64),
        lambda task: forged(task, property_sha256="1" * 64),
        lambda task: forged(task, case=1),
    ],
)
def test_a_false_certificate_decides_nothing(
    network: Graph, tmp_path: Path, lie: Callable[[Task], Attempt]
) -> None:
    holds = prop(PROPERTIES["holds"], network, tmp_path)
    decider = Decider(network, holds, timeout=5.0, ladder=[rung(lie)])
    decider.run()
    assert decider.open_cases == [0]
    assert decider.certificates == {}
    assert len(decider.rejections) == 1
    assert decider.rejections[0].startswith("liar, case 0: ")
    # The honest rungs above still decide, and the lie is not forgotten.
    decider = Decider(network, holds, timeout=5.0, ladder=[rung(lie), *LADDER])
    decider.run()
    assert decider.open_cases == []
    assert len(decider.rejections) == 1


def test_a_certificate_of_another_case(network: Graph, tmp_path: Path) -> None:
    both = prop(TWO_BOXES.format("0.5"), network, tmp_path)

    def first(task: Task) -> Attempt:
        result = produce(task.graph, task.prop, 0)
        assert isinstance(result, Certificate)
        return Attempt(certificate=result)

    decider = Decider(network, both, timeout=5.0, ladder=[rung(first)])
    decider.run()
    assert decider.open_cases == [1]
    assert "about case 0, not 1" in decider.rejections[0]


def test_time_is_shared_among_the_open_cases(network: Graph, tmp_path: Path) -> None:
    seen = []

    def look(task: Task) -> Attempt:
        seen.append(task.seconds)
        return Attempt(reason="no", bound=-1.0 - task.case, nodes=3, leaves=2)

    both = prop(TWO_BOXES.format("0.5"), network, tmp_path)
    decider = Decider(network, both, timeout=8.0, ladder=[rung(look, "look")])
    decider.run()
    assert seen == [pytest.approx(4.0, rel=0.3), pytest.approx(8.0, rel=0.3)]
    assert (decider.nodes, decider.leaves, decider.bound) == (6, 4, -2.0)


def job(network: Graph, folder: Path, text: str, **limits: float) -> DecideJob:
    onnx, path = folder / "tent.onnx", folder / "in.vnnlib"
    save_onnx(network, onnx)
    path.write_text(text)
    place = folder / "place"
    place.mkdir()
    key = msgspec.structs.replace(
        KEY, onnx_sha256=content_sha256(onnx), vnnlib_sha256=content_sha256(path), **limits
    )
    return DecideJob(onnx=str(onnx), vnnlib=str(path), folder=str(place), key=key)


def test_the_limit_ends_what_does_not_end(network: Graph, tmp_path: Path) -> None:
    def stuck(_: Task) -> Attempt:
        try:
            time.sleep(30)
        except Exception:  # what a careless strategy does
            return Attempt(reason="swallowed")
        return Attempt(reason="late")

    start = time.monotonic()
    found = decide_job(job(network, tmp_path, PROPERTIES["open"], timeout=0.3), [rung(stuck)])
    assert time.monotonic() - start < 10
    assert (found.result, found.verdict) == ("timeout", "undecided")
    assert found.message.startswith("The limit of 0.3 s passed.")


def test_how_far_it_came_is_known_when_time_runs_out(network: Graph, tmp_path: Path) -> None:
    def slow(task: Task) -> Attempt:
        task.report(Attempt(reason="half done", bound=-0.25, nodes=7, leaves=4))
        time.sleep(30)
        return Attempt()

    found = decide_job(job(network, tmp_path, PROPERTIES["open"], timeout=0.5), [rung(slow)])
    assert (found.result, found.nodes, found.leaves, found.bound) == ("timeout", 7, 4, -0.25)
    assert found.message == "The limit of 0.5 s passed. half done"


def test_files_that_changed_are_refused(network: Graph, tmp_path: Path) -> None:
    work = job(network, tmp_path, PROPERTIES["holds"])
    Path(work.vnnlib).write_text(PROPERTIES["violated"])
    found = decide_job(work)
    assert (found.result, found.fault) == ("error", "input")
    assert "changed" in found.message


def test_the_witness_and_its_file(network: Graph, tmp_path: Path) -> None:
    violated = prop(PROPERTIES["violated"], network, tmp_path)
    point = [Fraction(1, 2), Fraction(7, 16)]
    certificate = produce(network, violated, 0, claim="violated", point=point)
    assert isinstance(certificate, Certificate)
    save_onnx(network, tmp_path / "tent.onnx")
    found = witness(certificate, network, violated, tmp_path / "tent.onnx")
    assert found.input == (0.5, 0.4375)
    assert found.output == (-0.5, 0.4375)
    assert found.runtime == "onnxruntime"
    assert found.exact
    assert found.shown_in_float32
    text = counterexample_text(found)
    assert text == "((X_0 0.5)\n(X_1 0.4375)\n(Y_0 -0.5)\n(Y_1 0.4375))\n"
    # Without a model that onnxruntime can run, the graph itself is evaluated.
    other = witness(certificate, network, violated, tmp_path / "absent.onnx")
    assert other == msgspec.structs.replace(found, runtime="lemmanet")


def test_a_point_without_binary32_numbers(network: Graph, tmp_path: Path) -> None:
    text = vnnlib("(>= Y_1 0.375)").replace("(>= X_0 0.0)", "(>= X_0 0.1)")
    text = text.replace("(<= X_0 1.0)", "(<= X_0 0.1)")
    violated = prop(text, network, tmp_path)
    point = [Fraction(1, 10), Fraction(1, 2)]
    certificate = produce(network, violated, 0, claim="violated", point=point)
    assert isinstance(certificate, Certificate)
    found = witness(certificate, network, violated, tmp_path / "absent.onnx")
    assert not found.exact
    assert found.input[0] == float(np.float32(0.1))
