"""The registry builder: nothing that went wrong may read as success, and work is not repeated."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from bridge.toolchain.locations import modules_root
from bridge.toolchain.model import Limits
from tests.bridge.toolchain.processes import wait_for_end


def test_a_good_module_is_built_with_evidence(project):
    project.write(Demo="-- a\n-- fake: noise\n")
    result = project.build()["Demo"]
    assert result.status == "built"
    assert result.ok
    assert result.olean is not None
    assert result.olean.read_text() == "-- a"
    assert result.peak_memory_bytes > 0
    assert (project.root / ".lake/build/lib/lean/Demo.olean").is_file()
    assert [event.kind for event in project.events] == ["start", "done"]


@pytest.mark.parametrize(
    ("directive", "status", "text"),
    [
        ("error", "failed", "it is wrong"),
        ("error-but-zero", "failed", "it is wrong"),
        ("sorry", "failed", "not proved"),
        ("silent-sorry", "failed", "not proved"),
        ("exit 1", "crashed", "status 1 and no error message"),
        ("heap", "memory", "WebAssembly heap"),
        ("exit 139", "crashed", "status 139"),
        ("signal SIGKILL", "crashed", "signal 9"),
        ("signal SIGSEGV", "crashed", "signal 11"),
        ("no-olean", "crashed", "left no compiled module"),
        ("empty-olean", "crashed", "left no compiled module"),
        ("flood", "crashed", "printed more"),
        ("edit", "failed", "changed while"),
    ],
)
def test_what_went_wrong_is_no_success(project, directive, status, text):
    project.write(Demo=f"-- a\n-- fake: {directive}\n")
    result = project.build()["Demo"]
    assert result.status == status
    assert not result.ok
    assert any(text in item.text for item in result.diagnostics if item.severity == "error")
    again = project.build()["Demo"]  # and the cache does not make it one
    assert not again.ok


def test_timeout_is_reported_by_name_and_stops_children(project):
    project.write(Demo="-- a\n-- fake: child 60\n")
    started = time.monotonic()
    result = project.build(limits=Limits(timeout_s=4, memory_mb=1000))["Demo"]
    assert result.status == "timeout"
    assert "4 s" in result.diagnostics[-1].text
    assert time.monotonic() - started < 50
    child = int((project.root / "child.pid").read_text())
    wait_for_end([child])


def test_memory_limit_is_reported_by_name(project):
    project.write(Demo="-- a\n-- fake: memory 400\n")
    result = project.build(limits=Limits(timeout_s=30, memory_mb=150))["Demo"]
    assert result.status == "memory"
    assert "150 MB" in result.diagnostics[-1].text
    assert result.peak_memory_bytes > 150 << 20


def test_cancelling_is_no_success(project):
    project.write(Demo="-- a\n-- fake: sleep 60\n")
    cancel = threading.Event()
    threading.Timer(0.7, cancel.set).start()
    result = project.build(cancel=cancel)["Demo"]
    assert result.status == "skipped"
    assert not result.ok


def test_sorry_is_allowed_only_where_it_is_named(project):
    project.write(Demo="-- a\n-- fake: sorry\n")
    assert project.build(allow_sorry=lambda name: name == "Demo")["Demo"].ok
    later = project.build()["Demo"]  # from the cache, and still no proof
    assert later.status == "failed"


def test_what_stands_on_a_failure_is_skipped(project):
    project.write(Demo="module\npublic import Demo.Bad\n", Demo__Bad="module\n-- fake: error\n")
    results = project.build()
    assert results["Demo.Bad"].status == "failed"
    assert results["Demo"].status == "skipped"
    assert "Demo.Bad" in results["Demo"].diagnostics[0].text
    assert project.calls() == ["Demo/Bad.lean"]


def test_nothing_is_built_twice(project):
    project.write(Demo="module\npublic import Demo.A\n", Demo__A="module\n")
    assert {item.status for item in project.build().values()} == {"built"}
    project.calls()
    assert {item.status for item in project.build().values()} == {"cached"}
    assert project.calls() == []
    assert {event.kind for event in project.events} == {"cached"}


def test_a_changed_import_builds_what_depends_on_it(project):
    project.write(Demo="module\nimport Demo.A\n", Demo__A="module\n-- fake: olean one\n")
    project.build()
    project.calls()
    project.write(Demo__A="module\n-- fake: olean two\n")
    results = project.build()
    assert project.calls() == ["Demo.lean", "Demo/A.lean"]
    assert all(item.status == "built" for item in results.values())


def test_a_changed_proof_builds_only_its_own_module(project):
    project.write(Demo="module\nimport Demo.A\n", Demo__A="module\n-- fake: olean one\n")
    project.build()
    project.calls()
    project.write(Demo__A="module\n-- fake: olean one\n-- another proof\n")
    results = project.build()
    assert project.calls() == ["Demo/A.lean"]
    assert results["Demo"].status == "cached"


def test_a_deep_change_is_seen_through_unchanged_imports(project):
    project.write(
        Demo="module\nimport Demo.A\n",
        Demo__A="module\npublic import Demo.B\n-- fake: olean same\n",
        Demo__B="module\n-- fake: olean one\n",
    )
    project.build()
    project.calls()
    project.write(Demo__B="module\n-- fake: olean two\n")
    project.build()
    assert project.calls() == ["Demo.lean", "Demo/A.lean", "Demo/B.lean"]


def test_another_toolchain_or_option_builds_again(project):
    project.write(Demo="-- a\n")
    project.build()
    assert project.build(toolchain_id="fake 2")["Demo"].status == "built"
    lakefile = project.root / "lakefile.lean"
    text = lakefile.read_text()
    option = "package demo where\n  leanOptions := #[⟨`autoImplicit, false⟩]\n"
    lakefile.write_text(text.replace("package demo\n", option))
    assert project.build()["Demo"].status == "built"


@pytest.mark.parametrize("damage", ["olean", "entry", "truncated"])
def test_a_damaged_cache_entry_is_built_again(project, damage):
    project.write(Demo="-- a\n")
    olean = project.build()["Demo"].olean
    target = olean.with_name("entry.json") if damage == "entry" else olean
    target.unlink() if damage == "truncated" else target.write_text("{}")
    result = project.build()["Demo"]
    assert result.status == "built"
    assert result.olean.read_text() == "-- a"


def test_two_builds_at_once_share_the_work(project):
    project.write(Demo="-- a\n-- fake: sleep 1\n")
    statuses = list[str]()
    threads = [
        threading.Thread(target=lambda: statuses.append(project.build()["Demo"].status))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == ["built", "cached"]
    assert project.calls() == ["Demo.lean"]


def test_no_work_folder_is_left_behind(project):
    project.write(Demo="-- a\n-- fake: error\n")
    project.build()
    cache: Path = modules_root().parent
    assert list((cache / "work").iterdir()) == []
    assert not modules_root().exists()
