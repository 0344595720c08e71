"""``lake serve``: the watchdog of the registry Lean's language server.

The WebAssembly Lean cannot start processes, so its own watchdog does not work. This one starts a
``lean --worker`` for each open file, hands on the messages, and speaks for a worker that dies.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bridge.toolchain.jsonrpc import Message, ProtocolError, read_message, write_message
from bridge.toolchain.locations import modules_root
from bridge.toolchain.process import kill_group

__all__ = ["Watchdog"]

_INITIALIZE_ID = "watchdog-initialize"
_METHOD_NOT_FOUND, _WORKER_CRASHED = -32601, -32902
_FATAL = 2  # LeanFileProgressKind.fatalError

# What workers of Lean 4.28 answer; the legend is the one of Lean.Data.Lsp.LanguageFeatures.
_CAPABILITIES = {
    "textDocumentSync": {"openClose": True, "change": 2, "willSave": False, "save": True},
    "hoverProvider": True,
    "completionProvider": {"triggerCharacters": ["."], "resolveProvider": True},
    "definitionProvider": True,
    "documentSymbolProvider": True,
    "foldingRangeProvider": True,
    "semanticTokensProvider": {
        "legend": {
            "tokenTypes": [
                "keyword", "variable", "property", "function", "namespace", "type", "class",
                "enum", "interface", "struct", "typeParameter", "parameter", "enumMember",
                "event", "method", "macro", "modifier", "comment", "string", "number", "regexp",
                "operator", "decorator", "leanSorryLike",
            ],
            "tokenModifiers": [
                "declaration", "definition", "readonly", "static", "deprecated", "abstract",
                "async", "modification", "documentation", "defaultLibrary",
            ],
        },
        "range": True,
        "full": True,
    },
}  # fmt: skip


@dataclass(slots=True)
class _Worker:
    """The server of one open file."""

    uri: str
    version: int
    process: subprocess.Popen[bytes]
    stdin: IO[bytes]
    pending: set[int | str] = field(default_factory=set)
    writing: threading.Lock = field(default_factory=threading.Lock)
    closed: bool = False

    def send(self, message: Message) -> None:
        with self.writing, contextlib.suppress(OSError):
            write_message(self.stdin, message)


class Watchdog:
    """Serves one client on ``source`` and ``sink`` until it says ``exit``."""

    def __init__(
        self, lean: list[str], root: Path, lean_path: str, source: IO[bytes], sink: IO[bytes]
    ) -> None:
        self._lean, self._root, self._lean_path = lean, root, lean_path
        self._source, self._sink = source, sink
        self._writing = threading.Lock()
        self._workers: dict[str, _Worker] = {}
        self._initialize: Message = {}

    def run(self) -> int:
        """The exit status: 0 after an orderly shutdown, 1 otherwise."""
        orderly = False
        try:
            while (message := read_message(self._source)) is not None:
                method = message.get("method")
                if method == "exit":
                    break
                orderly = orderly or method == "shutdown"
                self._handle(message, str(method))
        except ProtocolError:
            orderly = False
        finally:
            for worker in list(self._workers.values()):
                self._stop(worker)
        return 0 if orderly else 1

    def _handle(self, message: Message, method: str) -> None:
        params = message.get("params") or {}
        match method:
            case "initialize":
                self._initialize = params
                server = {"name": "Lean 4 (registry)", "version": "0.3.0"}
                result = {"capabilities": _CAPABILITIES, "serverInfo": server}
                self._answer(message["id"], {"result": result})
            case "shutdown":
                self._answer(message["id"], {"result": None})
            case "textDocument/didOpen":
                self._open(params)
            case "textDocument/didClose":
                worker = self._workers.pop(_uri(params), None)
                if worker is not None:
                    self._stop(worker)
            case _:
                self._forward(message, params)

    def _open(self, params: Message) -> None:
        uri = _uri(params)
        old = self._workers.pop(uri, None)
        if old is not None:
            self._stop(old)
        worker = self._start(uri, int(params["textDocument"].get("version") or 0))
        self._workers[uri] = worker
        threading.Thread(target=self._pump, args=(worker,), daemon=True).start()
        initialize = {"id": _INITIALIZE_ID, "method": "initialize", "params": self._initialize}
        worker.send(initialize)
        params.setdefault("dependencyBuildMode", "never")
        worker.send({"method": "textDocument/didOpen", "params": params})

    def _start(self, uri: str, version: int) -> _Worker:
        # the WebAssembly Lean needs a standard input that does not block; see run.js
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        mounts = os.pathsep.join([str(modules_root()), str(self._root)])
        try:
            process = subprocess.Popen(
                [*self._lean, "--worker", uri],
                cwd=self._root,
                env=os.environ | {"LEAN_PATH": self._lean_path, "LEMMANET_MOUNTS": mounts},
                stdin=reading,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(reading)
        return _Worker(uri, version, process, os.fdopen(writing, "wb", buffering=0))

    def _forward(self, message: Message, params: Message) -> None:
        worker = self._workers.get(_uri(params))
        identity = message.get("id")
        if worker is None:
            if identity is not None and "method" in message:
                error = {"code": _METHOD_NOT_FOUND, "message": "no open file answers this"}
                self._answer(identity, {"error": error})
            return
        if message.get("method") == "textDocument/didChange":
            worker.version = int(params["textDocument"].get("version") or worker.version)
        if identity is not None:
            worker.pending.add(identity)
        worker.send(message)

    def _pump(self, worker: _Worker) -> None:
        """Hand on what a worker says, until it ends."""
        stream = worker.process.stdout
        try:
            while stream is not None and (message := read_message(stream)) is not None:
                if message.get("id") == _INITIALIZE_ID:
                    continue
                if "method" not in message:
                    worker.pending.discard(message.get("id", ""))
                self._write(message)
        except (ProtocolError, ValueError, OSError):
            kill_group(worker.process)
        worker.process.wait()
        if not worker.closed:
            self._mourn(worker)

    def _mourn(self, worker: _Worker) -> None:
        """A worker died by itself: say so, or a client would wait or take silence for success."""
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
        text = f"The Lean process of this file ended with status {worker.process.returncode}."
        document = {"uri": worker.uri, "version": worker.version}
        diagnostic = {"range": whole, "severity": 1, "source": "lake serve", "message": text}
        self._write(
            {
                "method": "textDocument/publishDiagnostics",
                "params": {**document, "diagnostics": [diagnostic]},
            }
        )
        self._write(
            {
                "method": "$/lean/fileProgress",
                "params": {
                    "textDocument": document,
                    "processing": [{"range": whole, "kind": _FATAL}],
                },
            }
        )
        for identity in list(worker.pending):
            self._answer(identity, {"error": {"code": _WORKER_CRASHED, "message": text}})

    def _stop(self, worker: _Worker) -> None:
        worker.closed = True
        kill_group(worker.process)
        worker.stdin.close()

    def _answer(self, identity: Any, answer: Message) -> None:
        self._write({"id": identity, **answer})

    def _write(self, message: Message) -> None:
        with self._writing, contextlib.suppress(OSError):
            write_message(self._sink, message)


def _uri(params: Message) -> str:
    """The file that a message is about; empty if it is about none."""
    document = params.get("textDocument")
    if isinstance(document, dict):
        return str(document.get("uri", ""))
    return str(params.get("uri", ""))
