"""An interactive Lean: per-file progress and messages from the language server.

For displays only. Whether a theorem holds is decided by a build (`bridge.toolchain.build`); an
answer of the server is never evidence. Even so a file counts as processed only when the server
has said so for this version of the file: an empty list of messages says nothing by itself.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from bridge.toolchain.jsonrpc import Message, ProtocolError, read_message, write_message
from bridge.toolchain.model import BuildEvent, Diagnostic, Severity, Toolchain
from bridge.toolchain.process import kill_group
from runtime.errors import InfrastructureError, InputError

__all__ = ["FileReport", "LeanSession"]

_SEVERITIES: dict[int, Severity] = {1: "error", 2: "warning"}
_FATAL = 2  # LeanFileProgressKind.fatalError
_SETTLE_SECONDS = 0.3  # messages may follow the end of processing by a moment
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class FileReport:
    """What the server said of a file.

    ``ended`` is "processed" only if the server processed this version to its end.
    """

    path: str
    ended: Literal["processed", "timeout", "crashed"]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float

    @property
    def clean(self) -> bool:
        """Processed to the end, without an error and without `sorry`."""
        return self.ended == "processed" and not any(
            item.severity == "error" or item.kind == "hasSorry" or "`sorry`" in item.text
            for item in self.diagnostics
        )


class LeanSession:
    """A running ``lake serve`` in a project; a context manager.

    Raises:
        InfrastructureError: the server cannot be started or does not answer.
    """

    def __init__(self, project: Path, toolchain: Toolchain) -> None:
        self._project = project.resolve()
        try:
            self._process = subprocess.Popen(
                [*toolchain.lake(), "serve"],
                cwd=self._project,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise InfrastructureError(f"`lake serve` cannot be started: {error}") from error
        self._inbox: queue.Queue[Message | None] = queue.Queue()
        self._versions: dict[str, int] = {}
        threading.Thread(target=self._read, daemon=True).start()
        self._initialize()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server and everything that it started."""
        with contextlib.suppress(OSError, ValueError):
            self._send({"id": "shutdown", "method": "shutdown", "params": None})
            self._send({"method": "exit", "params": None})
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        kill_group(self._process)
        self._process.wait()

    def check(
        self,
        path: Path,
        *,
        timeout_s: float = 300.0,
        on_event: Callable[[BuildEvent], None] | None = None,
    ) -> FileReport:
        """Let the server process the file ``path`` as it is on disk now.

        A file that is open already is sent as a change, which is faster than opening it.

        Raises:
            InputError: the file cannot be read.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read: {error}") from error
        report = on_event or (lambda _event: None)
        uri = path.resolve().as_uri()
        started = time.monotonic()
        try:
            version = self._show(uri, text)
        except OSError:
            return FileReport(str(path), "crashed", (), time.monotonic() - started)
        reader = _FileReader(uri, version, str(path), text.count("\n") + 1, report)
        ended = self._follow(reader, started + timeout_s)
        seconds = time.monotonic() - started
        return FileReport(str(path), ended, tuple(reader.diagnostics), seconds)

    def _follow(
        self, reader: _FileReader, deadline: float
    ) -> Literal["processed", "timeout", "crashed"]:
        while True:
            wait = deadline - time.monotonic()
            if wait <= 0:
                return "timeout"
            if reader.processed:
                wait = min(wait, _SETTLE_SECONDS)
            try:
                message = self._inbox.get(timeout=wait)
            except queue.Empty:
                if reader.processed:
                    return "processed"
                continue
            if message is None:
                self._inbox.put(None)
                return "crashed"
            reader.take(message)
            if reader.crashed:
                self._versions.pop(reader.uri, None)
                return "crashed"

    def _show(self, uri: str, text: str) -> int:
        version = self._versions.get(uri, 0) + 1
        document: Message = {"uri": uri, "version": version}
        params: dict[str, Any]
        if version == 1:
            document |= {"languageId": "lean4", "text": text}
            params = {"textDocument": document, "dependencyBuildMode": "never"}
            self._send({"method": "textDocument/didOpen", "params": params})
        else:
            params = {"textDocument": document, "contentChanges": [{"text": text}]}
            self._send({"method": "textDocument/didChange", "params": params})
        # answered when every message about this version has been sent
        params = {"uri": uri, "version": version}
        method = "textDocument/waitForDiagnostics"
        self._send({"id": _wait_id(uri, version), "method": method, "params": params})
        self._versions[uri] = version
        return version

    def _initialize(self) -> None:
        params: Message = {"processId": None, "rootUri": self._project.as_uri(), "capabilities": {}}
        try:
            self._send({"id": "initialize", "method": "initialize", "params": params})
            deadline = time.monotonic() + _START_SECONDS
            while True:
                message = self._inbox.get(timeout=max(0.0, deadline - time.monotonic()))
                if message is None:
                    raise OSError("it ended")
                if message.get("id") == "initialize":
                    break
            self._send({"method": "initialized", "params": {}})
        except (OSError, queue.Empty) as error:
            self.close()
            reason = str(error) or "no answer"
            raise InfrastructureError(f"`lake serve` does not work here: {reason}.") from error

    def _send(self, message: Message) -> None:
        if self._process.stdin is None:
            raise OSError("no standard input")
        write_message(self._process.stdin, message)

    def _read(self) -> None:
        stream: IO[bytes] | None = self._process.stdout
        with contextlib.suppress(ProtocolError, OSError, ValueError):
            while stream is not None and (message := read_message(stream)) is not None:
                self._inbox.put(message)
        self._inbox.put(None)


class _FileReader:
    """Follows the messages about one version of one file."""

    def __init__(
        self, uri: str, version: int, path: str, lines: int, report: Callable[[BuildEvent], None]
    ) -> None:
        self.uri, self._version, self._path, self._lines = uri, version, path, lines
        self._report = report
        self.diagnostics: list[Diagnostic] = []
        self.crashed = False
        self.processed = False

    def take(self, message: Message) -> None:
        """Look at one message of the server; those about other files or versions are dropped."""
        if message.get("id") == _wait_id(self.uri, self._version) and "method" not in message:
            self.processed = "result" in message
            self.crashed = self.crashed or not self.processed
            return
        params: Any = message.get("params")
        match message.get("method"):
            case "textDocument/publishDiagnostics":
                if params["uri"] == self.uri and params.get("version") == self._version:
                    self._diagnose(params["diagnostics"])
            case "$/lean/fileProgress":
                document = params["textDocument"]
                if document["uri"] == self.uri and document.get("version") == self._version:
                    self._advance(params["processing"])

    def _advance(self, processing: list[Any]) -> None:
        self.crashed = self.crashed or any(item.get("kind") == _FATAL for item in processing)
        first = min((item["range"]["start"]["line"] for item in processing), default=self._lines)
        fraction = min(1.0, first / self._lines)
        self._report(BuildEvent("progress", Path(self._path).stem, self._path, fraction))

    def _diagnose(self, found: list[Any]) -> None:
        """The server sends the whole list each time; new entries become events."""
        before = set(self.diagnostics)
        self.diagnostics = [_diagnostic(item) for item in found]
        for item in self.diagnostics:
            if item not in before:
                self._report(
                    BuildEvent(
                        "diagnostic",
                        Path(self._path).stem,
                        self._path,
                        min(1.0, item.line / self._lines),
                        item.severity,
                        item.line,
                        item.column,
                        item.text,
                    )
                )


def _wait_id(uri: str, version: int) -> str:
    return f"wait {version} {uri}"


def _diagnostic(item: Any) -> Diagnostic:
    start = item["range"]["start"]
    severity = _SEVERITIES.get(item.get("severity", 3), "information")
    tags = item.get("leanTags") or ()
    kind = "hasSorry" if "`sorry`" in item["message"] else "unsolvedGoals" if 1 in tags else ""
    return Diagnostic(severity, start["line"] + 1, start["character"], item["message"], kind)
