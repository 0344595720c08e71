"""Whole runs in real workers: results, comparison, resuming, interruption, bad input."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np
import onnx
import onnxruntime
import psutil
import pytest

import bridge
from bridge.importers import load_model
from bridge.importers.vnnlib import from_vnnlib
from bridge.report.verdicts import ExitCode
from bridge.vnncomp.instances import Instance
from bridge.vnncomp.options import Options
from bridge.vnncomp.records import InstanceRecord
from bridge.vnncomp.runner import run_benchmark
from certificates import check, load_certificate

from .conftest import PROPERTIES, Folder, Run

FAST = ("--timeout", "2.5")


def states(out: Path) -> dict[str, InstanceRecord]:
    return {
        path.stem.removeprefix("tent_"): msgspec.json.decode(path.read_bytes(), type=InstanceRecord)
        for path in (out / "instances").glob("*.json")
    }


def snapshot(out: Path) -> dict[str, tuple[int, bytes]]:
    """Inode and contents: an atomic replacement by the same contents is seen too."""
    return {
        path.name: (path.stat().st_ino, path.read_bytes())
        for path in (out / "instances").glob("*.json")
    }


def counterexample(path: Path) -> tuple[list[float], list[float]]:
    """As the competition's own checker reads it."""
    content = path.read_text().replace("\n", " ").strip()
    assert content[0] == "("
    assert content[-1] == ")"
    values: dict[str, list[float]] = {"X": [], "Y": []}
    for part in content[1:-1].split(")"):
        if part.strip():
            name, number = part.strip().removeprefix("(").split(" ")
            letter, index = name.split("_")
            assert int(index) == len(values[letter])
            values[letter].append(float(number))
    return values["X"], values["Y"]


def test_a_benchmark(folder: Folder, tmp_path: Path, run: Run) -> None:
    folder.expected(holds="unsat", violated="6:1", open="unknown")
    out = tmp_path / "out"
    result = run(folder.table, "--out", out, *FAST)
    assert result.code == 4, result
    found = states(out)
    assert {name: state.finding.result.value for name, state in found.items()} == {
        "holds": "unsat",
        "violated": "sat",
        "open": "unknown",
    }
    assert {state.verdict.value for state in found.values()} == {"checked", "undecided"}
    rows = list(csv.reader((out / "results.csv").open()))
    assert [row[:3] + row[4:5] for row in rows] == [
        ["tents", "onnx/tent.onnx", "vnnlib/holds.vnnlib", "unsat"],
        ["tents", "onnx/tent.onnx", "vnnlib/violated.vnnlib", "sat"],
        ["tents", "onnx/tent.onnx", "vnnlib/open.vnnlib", "unknown"],
    ]
    assert all(float(row[3]) > 0 and float(row[5]) > 0 for row in rows)
    assert "1 tool says sat and is right; 6 tools say unsat." in result.out
    assert "settled" in result.out
    page = (out / "summary.html").read_text()
    assert 'href="counterexamples/tent_violated.counterexample"' in page
    assert not (out / ".work").exists()

    # The counterexample stands on its own, in onnxruntime and in exact numbers.
    x, y = counterexample(out / "counterexamples" / "tent_violated.counterexample")
    assert [float(np.float32(value)) for value in x] == x
    session = onnxruntime.InferenceSession(folder.path / "onnx" / "tent.onnx")
    (entry,) = session.get_inputs()
    (output,) = session.run(None, {entry.name: np.array([x], np.float32)})
    assert output.reshape(-1).tolist() == y
    graph = load_model(folder.path / "onnx" / "tent.onnx")
    violated = from_vnnlib(folder.path / "vnnlib" / "violated.vnnlib", graph)
    exact = [Fraction(value) for value in x]
    numerators, den = graph.evaluate_exact(exact)[graph.output]
    assert violated.cases[0].box.contains(tuple(exact))
    assert not violated.cases[0].safe.holds([Fraction(n, den) for n in numerators])

    # So do the certificates.
    plain = tmp_path / "holds.vnnlib"
    plain.write_text(PROPERTIES["holds"])
    holds = from_vnnlib(plain, graph)
    (path,) = (out / "certificates" / "tent_holds").iterdir()
    assert check(load_certificate(path), graph, holds).ok

    # Nothing is run again that is finished; what is asked for again is.
    before = snapshot(out)
    again = run(folder.table, "--out", out, *FAST)
    assert again.code == 4
    assert snapshot(out) == before
    retried = run(folder.table, "--out", out, *FAST, "--retry")
    assert retried.code == 4
    changed = {name for name, value in snapshot(out).items() if value != before[name]}
    assert changed == {"tent_open.json"}


def test_what_is_stale_is_run_again(folder: Folder, tmp_path: Path) -> None:
    folder.instances("holds", "violated", seconds=60)
    out = tmp_path / "out"
    assert run_benchmark(folder.table, out).code == ExitCode.SUCCESS
    before = snapshot(out)

    def changed() -> set[str]:
        assert run_benchmark(folder.table, out, Options(timeout=50.0)).code == ExitCode.SUCCESS
        nonlocal before
        old, before = before, snapshot(out)
        return {name for name in before if before[name] != old[name]}

    assert changed() == set()  # both were found well within the smaller limit
    property_ = folder.path / "vnnlib" / "violated.vnnlib"
    property_.write_text(property_.read_text() + "\n; a comment\n")
    assert changed() == {"tent_violated.json"}
    (out / "counterexamples" / "tent_violated.counterexample").unlink()
    assert changed() == {"tent_violated.json"}
    (out / "instances" / "tent_holds.json").write_text("{")
    assert changed() == {"tent_holds.json"}


def test_only(folder: Folder, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    assert run(folder.table, "--out", out, "--only", "viol*", *FAST).code == 0
    assert set(states(out)) == {"violated"}
    # A later run over others keeps what is known, and its exit code is about those others.
    assert run(folder.table, "--out", out, "--only", "open", *FAST).code == 4
    assert len((out / "results.csv").read_text().splitlines()) == 2
    refused = run(folder.table, "--out", tmp_path / "none", "--only", "absent")
    assert refused.code == 2
    assert not (tmp_path / "none").exists()


def test_a_wrong_expectation_is_a_disagreement(folder: Folder, tmp_path: Path, run: Run) -> None:
    folder.instances("holds", "violated")
    folder.expected(holds="sat", violated="sat")
    out = tmp_path / "out"
    result = run(folder.table, "--out", out, *FAST, "--json")
    assert result.code == 1
    assert result.err == ""
    rows = {row["record"]["id"]: row for row in json.loads(result.out)["rows"]}
    assert rows["tent_holds"]["agreement"] == "disagrees"
    assert rows["tent_violated"]["agreement"] == "agrees"
    assert rows["tent_holds"]["remark"] == (
        "7 tools say sat. Against that: certificates that the exact checker accepted, unsat."
    )
    page = (out / "summary.html").read_text()
    assert "What asks for attention" in page
    assert "against what all other tools say" in page


class Killer:
    """Does something to the worker of an instance as soon as it says what it is doing."""

    def __init__(self, victim: str, act: Callable[[psutil.Process], None]) -> None:
        self.victim, self.act = victim, act
        self.ended: list[str] = []
        self.done = threading.Event()

    def begin(self, stage: str, total: int) -> None: ...

    def start(self, instance: Instance) -> None: ...

    def step(self, instance: Instance, text: str) -> None:
        if instance.id != self.victim or self.done.is_set():
            return
        self.done.set()
        for child in psutil.Process().children(recursive=True):
            if "bridge.vnncomp.worker" in child.cmdline():
                self.act(child)

    def end(self, instance: Instance, record: InstanceRecord | None) -> None:
        if record is not None:
            self.ended.append(instance.id)


def test_a_worker_that_dies_decides_nothing(folder: Folder, tmp_path: Path) -> None:
    folder.instances("holds", "violated")
    out = tmp_path / "out"
    options = Options(timeout=1.5, jobs=1)
    result = run_benchmark(
        folder.table, out, options, watcher=Killer("tent_holds", psutil.Process.kill)
    )
    assert result.code == ExitCode.INFRASTRUCTURE
    found = states(out)
    assert found["holds"].finding.result == "error"
    assert found["holds"].finding.message == "The worker was killed by signal 9."
    assert found["violated"].finding.result == "sat"
    assert run_benchmark(folder.table, out, options).code == ExitCode.SUCCESS
    assert states(out)["holds"].finding.result == "unsat"


def test_memory_is_bounded(folder: Folder, tmp_path: Path) -> None:
    folder.instances("holds")
    out = tmp_path / "out"
    assert run_benchmark(folder.table, out, Options(memory=8)).code == ExitCode.UNDECIDED
    found = states(out)["holds"].finding
    assert (found.result, found.verdict) == ("unknown", "undecided")
    assert found.message == "The worker used more than 8 MiB of memory."


def test_an_interrupt_keeps_what_is_finished(folder: Folder, tmp_path: Path) -> None:
    folder.instances("holds", "violated", "open")
    out = tmp_path / "out"
    # A process in the background inherits that the signal is ignored; the run must not.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from bridge.cli import main; main()"
    arguments = ["vnncomp", str(folder.table), "--out", str(out), "--jobs", "1"]
    arguments += ["--timeout", "60"]  # the third instance is at work when the signal comes
    root = str(Path(bridge.__path__[0]).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 240
        while len(list((out / "instances").glob("*.json"))) < 2:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "goes on where this one stopped" in err
    assert not psutil.wait_procs(workers, timeout=10)[1]
    assert set(states(out)) == {"holds", "violated"}
    assert len((out / "results.csv").read_text().splitlines()) == 2
    assert not (out / ".work").exists()
    before = snapshot(out)
    result = run_benchmark(folder.table, out, Options(timeout=2.0))
    assert result.code == ExitCode.UNDECIDED
    after = snapshot(out)
    assert {name: after[name] for name in before} == before
    assert set(after) == {*before, "tent_open.json"}


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("vnnlib/violated.vnnlib", b"(assert", "violated.vnnlib cannot be used"),
        ("vnnlib/violated.vnnlib", b"\xff\xfe", "not UTF-8"),
        ("vnnlib/holds.vnnlib.gz", b"\x1f\x8b broken", "cannot be read"),
        ("onnx/tent.onnx", b"no model", "not an ONNX model"),
    ],
)
def test_files_that_cannot_be_read(
    folder: Folder, tmp_path: Path, run: Run, file: str, content: bytes, message: str
) -> None:
    folder.instances("holds" if "holds" in file else "violated")
    (folder.path / file).write_bytes(content)
    result = run(folder.table, "--out", tmp_path / "out", *FAST)
    assert result.code == 2, result
    lines = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert message in lines[0]
    assert "Traceback" not in result.err


def test_one_bad_instance_does_not_stop_the_others(
    folder: Folder, tmp_path: Path, run: Run
) -> None:
    (folder.path / "vnnlib" / "violated.vnnlib").write_text("(assert (<= Z_0 1))")
    folder.instances("holds", "violated")
    out = tmp_path / "out"
    result = run(folder.table, "--out", out, *FAST)
    assert result.code == 2
    assert "error: tent_violated: The VNN-LIB file violated.vnnlib" in result.err
    assert {name: state.finding.result.value for name, state in states(out).items()} == {
        "holds": "unsat",
        "violated": "error",
    }


def test_an_operator_that_is_not_supported_is_unknown(
    folder: Folder, tmp_path: Path, run: Run
) -> None:
    path = folder.path / "onnx" / "tent.onnx"
    model = onnx.load(path)
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Sigmoid"
    onnx.save(model, path)
    folder.instances("holds")
    out = tmp_path / "out"
    assert run(folder.table, "--out", out, *FAST).code == 4
    found = states(out)["holds"].finding
    assert (found.result, found.fault) == ("unknown", "unsupported")
    assert "Sigmoid" in found.message


def test_folders_that_are_in_the_way(folder: Folder, tmp_path: Path, run: Run) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious.txt").write_text("mine")
    result = run(folder.table, "--out", other)
    assert result.code == 2
    assert "is not empty and holds no results" in result.err
    assert [path.name for path in other.iterdir()] == ["precious.txt"]
    file = tmp_path / "file"
    file.write_text("")
    assert "is not a folder" in run(folder.table, "--out", file).err
    link = tmp_path / "link"
    link.symlink_to(other, target_is_directory=True)
    assert run(folder.table, "--out", link).code == 2
    out = tmp_path / "out"
    assert run(folder.table, "--out", out, "--only", "holds", *FAST).code == 0
    second = folder.path / "second.csv"
    second.write_text(folder.table.read_text())
    assert "the results of another benchmark" in run(second, "--out", out).err


def test_two_runs_do_not_share_a_folder(folder: Folder, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    code = "import sys, time; from pathlib import Path; from bridge.vnncomp.store import Store\n"
    code += f"with Store(Path({str(out)!r})).opened('tents', 'instances.csv'):\n"
    code += "    print('open', flush=True); time.sleep(60)"
    root = str(Path(bridge.__path__[0]).parent)
    holder = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": root},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        result = run(folder.table, "--out", out)
        assert result.code == 3
        assert "Another run is at work" in result.err
    finally:
        holder.kill()
        holder.communicate()


def test_missing_files_are_told_before_anything_runs(
    folder: Folder, tmp_path: Path, run: Run
) -> None:
    folder.instances("holds", "absent")
    result = run(folder.table, "--out", tmp_path / "out")
    assert result.code == 2
    assert "there is no file 'vnnlib/absent.vnnlib'" in result.err
    assert not (tmp_path / "out").exists()


def test_proofs_need_a_lean(
    folder: Folder, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEMMANET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run(folder.table, "--out", tmp_path / "out", "--prove")
    assert result.code == 3
    assert not (tmp_path / "out").exists()
