"""The real registry Lean, end to end. Every test here starts it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from bridge import toolchain
from bridge.lake.starter import Starter
from bridge.toolchain.model import Limits
from bridge.toolchain.process import watch
from bridge.toolchain.providers import select
from tests.bridge.toolchain.processes import wait_for_end

pytestmark = pytest.mark.lean

GOOD = "module\npublic section\ntheorem Demo.two : 1 + 1 = 2 := by decide +kernel\n"
SLOW = """module
public section
@[expose] def Demo.f : Nat → Nat → Nat
  | 0, a => a
  | n + 1, a => Demo.f n ((n * n + a) % 1000003)
theorem Demo.slow : Nat.ble (Demo.f 5000000 1) 1000003 = true := by decide +kernel
"""


def _build(root, **limits):
    return toolchain.build(root, None, toolchain=select("registry"), jobs=1, **limits)


def test_a_theorem_is_checked_and_then_cached(real_package):
    source = f"{GOOD}-- {os.urandom(8).hex()}\n"
    first = _build(real_package(source))
    assert first.ok
    assert [item.status for item in first.modules] == ["built"]
    assert first.modules[0].olean.read_bytes().startswith(b"olean")
    second = _build(real_package(source))
    assert second.ok
    assert [item.status for item in second.modules] == ["cached"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (GOOD.replace("= 2", "= 3"), ""),
        (GOOD.replace("by decide +kernel", "sorry"), "not proved"),
        (
            GOOD.replace("theorem", "set_option warn.sorry false in\ntheorem").replace(
                "by decide +kernel", "sorry"
            ),
            "not proved",
        ),
        ("module\npublic section\ntheorem", "unexpected end of input"),
    ],
)
def test_what_is_not_proved_fails(real_package, source, text):
    result = _build(real_package(source))
    assert not result.ok
    item = result.modules[0]
    assert item.status == "failed"
    assert any(text in message.text for message in item.diagnostics if message.severity == "error")


def test_kernel_work_without_end_is_a_timeout(real_package):
    result = _build(real_package(SLOW), timeout_s=12)
    assert not result.ok
    assert result.modules[0].status in ("timeout", "memory")


def test_memory_is_limited(real_package):
    result = _build(real_package(GOOD + "-- memory\n"), memory_mb=200)
    assert not result.ok
    assert result.modules[0].status == "memory"


def _leans(lake: psutil.Process) -> list[psutil.Process]:
    """The Lean processes below ``lake``, the youngest last."""
    found = list[psutil.Process]()
    for item in lake.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if Path(item.exe()).name == "node":
                found.append(item)
    return sorted(found, key=psutil.Process.create_time)


def test_a_lean_that_is_killed_is_a_crash(real_package):
    killed = 0
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(_build, real_package(SLOW))
        while not building.done():
            for lean in _leans(psutil.Process()):
                with contextlib.suppress(psutil.NoSuchProcess):
                    lean.kill()
                    killed += 1
            time.sleep(1)
    assert killed
    assert not building.result().ok
    assert building.result().modules[0].status == "crashed"


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor has no Lean ahead")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_lean_that_waits_ends_with_lake(real_package, number):
    root = real_package("module\nimport Demo.A\n")
    (root / "Demo").mkdir()
    (root / "Demo" / "A.lean").write_text(f"{SLOW}-- {os.urandom(8).hex()}\n")
    command = [*select("registry").lake(), "build"]
    lake = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    leans, deadline = list[psutil.Process](), time.monotonic() + 120
    try:
        while len(leans) < 2:
            assert lake.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
            leans = _leans(psutil.Process(lake.pid))
        lake.send_signal(number)
        lake.wait(60)
        wait_for_end([lean.pid for lean in leans], but=int(number == signal.SIGKILL))
    finally:
        for lean in leans:
            with contextlib.suppress(psutil.NoSuchProcess):
                lean.kill()
        lake.kill()
        lake.wait()


def test_a_strangers_file_cannot_write(real_package, tmp_path):
    outside, inside = tmp_path / "out.txt", tmp_path / "real" / "in.txt"
    attempts = "\n".join(
        f'#eval (IO.FS.writeFile "{path}" "x" : IO Unit)' for path in (outside, inside)
    )
    _build(real_package(f"{attempts}\n"))
    assert not outside.exists()
    assert not inside.exists()


@pytest.mark.parametrize("ahead", [True, False])
def test_lean_writes_into_one_folder_only(registry, tmp_path, ahead):
    folders = {name: tmp_path / name for name in ("project", "writable", "elsewhere")}
    for folder in folders.values():
        folder.mkdir()
    (folders["project"] / "A.lean").write_text(GOOD)
    written = list[str]()
    for name, folder in folders.items():
        starter = Starter([str(registry / "bin" / "lean")])
        if ahead:
            starter.prepare()
        arguments = ["--json", "-o", str(folder / "a.olean"), "A.lean"]
        environment = {"LEMMANET_WRITABLE": str(folders["writable"])}
        process = starter.run(arguments, environment, folders["project"])
        outcome = watch(process, limits=Limits(120, 3000), on_line=lambda *_: None)
        assert outcome.ending == "exited"
        assert (outcome.exit_code == 0) == (name == "writable")
        written += [name for path in folder.iterdir() if path.name == "a.olean"]
    assert written == ["writable"]


def test_lake_env_runs_lean_on_one_file(real_package, registry, tmp_path):
    root = real_package(GOOD)
    assert _build(root).ok
    (root / "Use.lean").write_text("module\nimport Demo\nexample : 1 + 1 = 2 := Demo.two\n")
    command = [*select("registry").lake(), "env", "lean", "--json", "Use.lean"]
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    (root / "Use.lean").write_text("module\nimport Demo\nexample : 1 + 1 = 3 := Demo.two\n")
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 1
    assert json.loads(finished.stdout.splitlines()[0])["severity"] == "error"


def test_lake_says_its_version(registry):
    command = [*select("registry").lake(), "--version"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "Lean version 4.28" in finished.stdout
    assert "unofficial" in finished.stdout
