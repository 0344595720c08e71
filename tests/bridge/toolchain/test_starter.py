"""A Lean that is started ahead: its arguments come later, and its death is never a success."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bridge.lake import build
from bridge.lake.starter import Starter
from bridge.toolchain.model import Limits
from bridge.toolchain.process import watch
from tests.bridge.toolchain.processes import wait_for_end

FAKE = [sys.executable, str(Path(__file__).with_name("fake_lean.py"))]
ECHO = [sys.executable, "-c", "import os; print(open(int(os.environ['LEMMANET_HANDOVER'])).read())"]
LIMITS = Limits(timeout_s=60, memory_mb=1000)


def _children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def _spare(starter: Starter) -> subprocess.Popen[bytes]:
    starter.prepare()
    return starter._spare.process


def test_the_message_brings_arguments_folder_and_variables(tmp_path):
    starter, lines = Starter(ECHO), []
    process = starter.run(["--json", "A.lean"], {"LEMMANET_WRITABLE": "/w"}, tmp_path)
    outcome = watch(process, limits=LIMITS, on_line=lambda _, line: lines.append(line))
    assert (outcome.ending, outcome.exit_code) == ("exited", 0)
    assert lines == [
        '{"arguments": ["--json", "A.lean"], "environment": {"LEMMANET_WRITABLE": "/w"}, '
        f'"folder": "{tmp_path}"}}'
    ]


def test_the_waiting_process_is_used_and_there_is_one_at_most(tmp_path):
    starter = Starter(ECHO)
    spare = _spare(starter)
    assert _spare(starter) is spare
    process = starter.run([], {}, tmp_path)
    assert process is spare
    assert watch(process, limits=LIMITS, on_line=lambda *_: None).exit_code == 0
    assert starter._spare is None


def test_a_spare_that_died_is_replaced(tmp_path):
    starter = Starter(ECHO)
    spare = _spare(starter)
    spare.kill()
    wait_for_end([spare.pid])
    process = starter.run([], {}, tmp_path)
    assert process is not spare
    assert spare.returncode == -signal.SIGKILL
    assert watch(process, limits=LIMITS, on_line=lambda *_: None).exit_code == 0
    dead = _spare(starter)
    dead.kill()
    wait_for_end([dead.pid])
    assert _spare(starter) is not dead
    starter.close()


def test_a_spare_that_is_not_needed_is_ended():
    before = _children()
    starter = Starter(ECHO)
    spare = _spare(starter)
    starter.close()
    assert spare.returncode is not None
    assert _children() == before
    starter.close()


def test_a_process_that_gets_no_message_ends_without_success(tmp_path):
    reading, writing = os.pipe()
    environment = {**os.environ, "LEMMANET_HANDOVER": str(reading)}
    process = subprocess.Popen(FAKE, env=environment, pass_fds=(reading,), cwd=tmp_path)
    os.close(reading)
    os.close(writing)
    assert process.wait(timeout=60) != 0


def test_a_lean_that_cannot_start(tmp_path):
    starter = Starter([str(tmp_path / "none")])
    starter.prepare()
    with pytest.raises(OSError, match="none"):
        starter.run([], {}, tmp_path)


@pytest.fixture
def spares(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """The process ids of the spares of a build, with how many processes it had then."""
    found, before = dict[int, int](), _children()

    class Recording(Starter):
        def prepare(self) -> None:
            super().prepare()
            if self._spare is not None:
                found.setdefault(self._spare.process.pid, len(_children() - before))

    monkeypatch.setattr(build, "Starter", Recording)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(build, "_has_memory", lambda: True)
    return found


CHAIN = {
    "Demo": "module\npublic import Demo.B\n",
    "Demo__B": "module\npublic import Demo.A\n-- fake: sleep 0.5\n",
    "Demo__A": "module\n-- fake: sleep 0.5\n",
}


def test_a_chain_is_built_with_spares_and_none_is_left(project, spares):
    before = _children()
    project.write(**CHAIN)
    assert {item.status for item in project.build().values()} == {"built"}
    assert 1 <= len(spares) <= 3  # on a busy machine, a file may be faster than its spare
    assert set(spares.values()) <= {1, 2}
    assert _children() == before


def test_an_unchanged_project_starts_no_process(project, spares):
    project.write(**CHAIN)
    project.build()
    spares.clear()
    assert {item.status for item in project.build().values()} == {"cached"}
    assert not spares


def test_a_spare_for_modules_that_are_skipped_is_ended(project, spares):
    before = _children()
    project.write(**CHAIN | {"Demo__A": "module\n-- fake: sleep 0.5\n-- fake: error\n"})
    results = project.build()
    assert [item.status for item in results.values()] == ["failed", "skipped", "skipped"]
    assert spares
    assert _children() == before


def test_a_wrong_guess_is_no_failure(project, spares):
    """The interface of a changed import stays the same, so nothing is left for the spare."""
    project.write(**CHAIN | {"Demo__A": "module\n-- fake: olean a\n"})
    project.build()
    before = _children()
    project.write(Demo__A="module\n-- fake: olean a\n-- fake: sleep 0.5\n")
    results = project.build()
    assert [item.status for item in results.values()] == ["built", "cached", "cached"]
    assert _children() == before


@pytest.mark.parametrize(
    ("processors", "compiled", "memory", "wanted"),
    [
        (1, 0, True, True),
        (1, 0, False, True),
        (1, 1, True, False),
        (2, 1, True, True),
        (2, 1, False, False),
        (2, 2, True, False),
    ],
)
def test_a_spare_needs_a_processor_and_memory(monkeypatch, processors, compiled, memory, wanted):
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    monkeypatch.setattr(build, "_has_memory", lambda: memory)
    options = {"toolchain_id": "", "limits": LIMITS, "jobs": 2, "on_event": lambda _: None}
    builder = build.Builder(lean=ECHO, graph={}, **options)
    builder._compiling = {f"M{index}" for index in range(compiled)}
    builder._expected = {"N"}
    builder._prepare_next({"O"})
    assert builder._starter._spare is None
    builder._prepare_next({"N", "O"})
    assert (builder._starter._spare is not None) == wanted
    builder._starter.close()


def _kill_spares(monkeypatch: pytest.MonkeyPatch, *, when: str) -> None:
    original = Starter.run

    def run(self: Starter, *arguments: object) -> subprocess.Popen[bytes]:
        spare = self._spare.process if self._spare is not None else None
        if when == "before" and spare is not None:
            spare.kill()
            wait_for_end([spare.pid])
        process = original(self, *arguments)
        if when == "after":
            os.kill(process.pid, signal.SIGKILL)
        return process

    monkeypatch.setattr(Starter, "run", run)


def test_a_build_goes_on_when_spares_die_before_use(project, monkeypatch):
    _kill_spares(monkeypatch, when="before")
    project.write(**CHAIN)
    assert {item.status for item in project.build().values()} == {"built"}


def test_a_spare_that_dies_after_the_handover_is_a_crash(project, monkeypatch):
    _kill_spares(monkeypatch, when="after")
    project.write(Demo="-- a\n-- fake: sleep 60\n")
    result = project.build()["Demo"]
    assert result.status == "crashed"
    assert not result.ok
    assert not project.build()["Demo"].ok


def test_a_file_that_fails_in_a_spare_fails(project, spares):
    project.write(**CHAIN | {"Demo": CHAIN["Demo"] + "-- fake: error\n"})
    results = project.build()
    assert results["Demo"].status == "failed"
    assert any("it is wrong" in item.text for item in results["Demo"].diagnostics)
    assert results["Demo.B"].ok


def test_the_time_limit_counts_from_the_handover(tmp_path: Path):
    limits = Limits(2, 1000)
    starter = Starter(ECHO)
    starter.prepare()
    time.sleep(limits.timeout_s + 0.5)
    process = starter.run([], {}, tmp_path)
    outcome = watch(process, limits=limits, on_line=lambda *_: None)
    assert (outcome.ending, outcome.exit_code) == ("exited", 0)
    starter = Starter([sys.executable, "-c", f"{ECHO[2]}; import time; time.sleep(60)"])
    starter.prepare()
    process = starter.run([], {}, tmp_path)
    outcome = watch(process, limits=limits, on_line=lambda *_: None)
    assert outcome.ending == "timeout"
    assert outcome.seconds < 30


def test_the_limits_hold_in_a_spare(project, spares):
    project.write(**CHAIN | {"Demo": CHAIN["Demo"] + "-- fake: memory 400\n"})
    assert project.build(limits=Limits(60, 150))["Demo"].status == "memory"
    project.write(Demo=CHAIN["Demo"] + "-- fake: sleep 60\n")
    result = project.build(limits=Limits(1.5, 1000))["Demo"]
    assert (result.status, result.ok) == ("timeout", False), result.diagnostics
