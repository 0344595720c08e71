"""The language server: silence, crashes and old answers are no success; the watchdog speaks up."""

from __future__ import annotations

import io
import sys
import threading
import time
from pathlib import Path

import pytest

from bridge.lake.serve import Watchdog
from bridge.toolchain import session as session_module
from bridge.toolchain.jsonrpc import ProtocolError, read_message, write_message
from bridge.toolchain.providers import InstalledToolchain, select
from bridge.toolchain.session import LeanSession
from runtime.errors import InfrastructureError, InputError

ROOT = Path(__file__).parents[3]

SERVER = f"""#!{sys.executable}
import os, sys, time
sys.path.insert(0, {str(ROOT)!r})
from bridge.toolchain.jsonrpc import read_message, write_message
mode = "MODE"
def send(**message): write_message(sys.stdout.buffer, message)
def tell(uri, version, diagnostics=(), processing=()):
    document = dict(uri=uri, version=version)
    send(method="textDocument/publishDiagnostics", params=dict(document, diagnostics=diagnostics))
    send(method="$/lean/fileProgress", params=dict(textDocument=document, processing=processing))
def at(line, text, severity):
    place = dict(line=line, character=4)
    return dict(range=dict(start=place, end=place), severity=severity, message=text)
while (message := read_message(sys.stdin.buffer)) is not None:
    method, params = message.get("method"), message.get("params")
    if method == "initialize":
        if mode == "mute": time.sleep(60)
        if mode == "dead": sys.exit(1)
        if mode == "junk": os.write(1, b"hello\\n")
        send(id=message["id"], result=dict(capabilities={{}}))
    if method in ("textDocument/didOpen", "textDocument/didChange"):
        uri, version = params["textDocument"]["uri"], params["textDocument"]["version"]
        if mode == "crash": sys.exit(1)
        if mode == "empty": tell(uri, version)
        if mode == "old": tell(uri, version - 1, [at(0, "old", 1)])
        if mode == "fatal": tell(uri, version, [], [dict(at(0, "", 1), kind=2)])
        if mode in ("good", "error", "sorry"):
            tell(uri, version, [], [dict(at(0, "", 1), kind=1)])
            found = dict(good=[at(1, "fine", 3)], error=[at(1, "bad", 1)],
                         sorry=[at(1, "declaration uses `sorry`", 2)])[mode]
            tell(uri, version, found)
    if method == "textDocument/waitForDiagnostics":
        if mode == "refuse": send(id=message["id"], error=dict(code=1, message="no"))
        if mode in ("good", "error", "sorry"): send(id=message["id"], result={{}})
    if method == "exit": break
"""


@pytest.fixture
def server(tmp_path: Path):
    """Makes a toolchain whose `lake serve` behaves in the given way, and a file to show it."""

    def make(mode: str) -> tuple[InstalledToolchain, Path]:
        program = tmp_path / "lake"
        program.write_text(SERVER.replace("MODE", mode))
        program.chmod(0o755)
        file = tmp_path / "A.lean"
        file.write_text("one\ntwo\n")
        return InstalledToolchain("registry", "4", "c", False, program, "", ""), file

    return make


@pytest.mark.parametrize(
    ("mode", "ended", "clean"),
    [
        ("good", "processed", True),
        ("error", "processed", False),
        ("sorry", "processed", False),
        ("empty", "timeout", False),
        ("old", "timeout", False),
        ("silent", "timeout", False),
        ("crash", "crashed", False),
        ("fatal", "crashed", False),
        ("refuse", "crashed", False),
    ],
)
def test_only_a_processed_file_is_clean(server, mode, ended, clean):
    chosen, file = server(mode)
    events = []
    with LeanSession(file.parent, chosen) as session:
        patience = 3 if ended == "timeout" else 30
        found = session.check(file, timeout_s=patience, on_event=events.append)
    assert (found.ended, found.clean) == (ended, clean)
    if mode == "error":
        assert [(item.line, item.column, item.text) for item in found.diagnostics] == [
            (2, 4, "bad")
        ]
        assert [event.kind for event in events] == ["progress", "diagnostic", "progress"]


def test_a_changed_file_is_shown_again(server):
    chosen, file = server("good")
    with LeanSession(file.parent, chosen) as session:
        assert session.check(file, timeout_s=30).clean
        file.write_text("three\n")
        assert session.check(file, timeout_s=30).clean


@pytest.mark.parametrize("mode", ["mute", "dead", "junk"])
def test_a_server_that_does_not_work(server, monkeypatch, mode):
    monkeypatch.setattr(session_module, "_START_SECONDS", 1.0)
    chosen, file = server(mode)
    with pytest.raises(InfrastructureError, match="does not work here"):
        LeanSession(file.parent, chosen)


def test_what_is_no_file_and_no_server(server, tmp_path):
    chosen, file = server("good")
    with (
        LeanSession(file.parent, chosen) as session,
        pytest.raises(InputError, match="cannot be read"),
    ):
        session.check(tmp_path / "missing.lean")
    chosen.program.unlink()
    with pytest.raises(InfrastructureError, match="cannot be started"):
        LeanSession(file.parent, chosen)


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: 5\r\n\r\n{}",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 3\r\n\r\n{,}",
        b"Content-Length: 99999999999\r\n\r\n",
        b"Other: 1\r\n\r\n",
        b"Content-Length: 1",
    ],
)
def test_what_is_no_message(data):
    with pytest.raises(ProtocolError):
        read_message(io.BytesIO(data))


def test_messages_survive_the_wire():
    stream = io.BytesIO()
    write_message(stream, {"id": 1, "method": "m", "params": {"text": "ünï"}})
    stream.seek(0)
    assert read_message(stream)["params"] == {"text": "ünï"}
    assert read_message(stream) is None


def test_the_watchdog_speaks_for_a_dead_worker(tmp_path):
    worker = tmp_path / "lean"
    worker.write_text(f"#!{sys.executable}\nimport sys; sys.exit(7)\n")
    worker.chmod(0o755)
    source, sink = io.BytesIO(), _Pipe()
    uri = (tmp_path / "A.lean").as_uri()
    document = {"uri": uri, "version": 1, "text": ""}
    write_message(source, {"id": 0, "method": "initialize", "params": {}})
    write_message(source, {"method": "textDocument/didOpen", "params": {"textDocument": document}})
    source.seek(0)
    watchdog = Watchdog([str(worker)], tmp_path, "", _Slow(source.getvalue(), sink), sink)
    thread = threading.Thread(target=watchdog.run)
    thread.start()
    thread.join(60)
    answers = sink.messages()
    assert answers[0]["result"]["capabilities"]
    texts = [
        item["message"]
        for answer in answers
        if answer.get("method") == "textDocument/publishDiagnostics"
        for item in answer["params"]["diagnostics"]
    ]
    assert texts == ["The Lean process of this file ended with status 7."]
    progress = [answer for answer in answers if answer.get("method") == "$/lean/fileProgress"]
    assert progress[-1]["params"]["processing"][0]["kind"] == 2


def test_a_request_about_no_open_file_is_answered(tmp_path):
    source, sink = io.BytesIO(), _Pipe()
    params = {"textDocument": {"uri": "file:///none.lean"}}
    write_message(source, {"id": 5, "method": "textDocument/hover", "params": params})
    write_message(source, {"id": 6, "method": "shutdown"})
    write_message(source, {"method": "exit"})
    source.seek(0)
    assert Watchdog(["false"], tmp_path, "", source, sink).run() == 0
    first, second = sink.messages()
    assert first["error"]["code"] == -32601
    assert second == {"jsonrpc": "2.0", "id": 6, "result": None}


class _Pipe(io.BytesIO):
    def messages(self):
        self.seek(0)
        found = []
        while (message := read_message(self)) is not None:
            found.append(message)
        return found


class _Slow(io.BytesIO):
    """Ends when a worker's death has been said, or half a minute after its last byte."""

    def __init__(self, data, answers):
        super().__init__(data)
        self._answers = answers

    def readline(self, *arguments):
        line = super().readline(*arguments)
        deadline = time.monotonic() + 30
        while not line and b"fileProgress" not in self._answers.getvalue():
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        return line


@pytest.mark.lean
@pytest.mark.slow
def test_the_real_server_reports_and_follows_an_edit(real_package):
    root = real_package("module\npublic section\ntheorem Demo.two : 1 + 1 = 2 := by decide\n")
    file = root / "Demo.lean"
    events = []
    with LeanSession(root, select("registry")) as session:
        first = session.check(file, timeout_s=240, on_event=events.append)
        assert first.clean
        assert {event.kind for event in events} == {"progress"}
        file.write_text(file.read_text().replace("= 2 :=", "= 3 :="))
        second = session.check(file, timeout_s=240)
    assert second.ended == "processed"
    assert not second.clean
    assert second.diagnostics[0].line == 3
