"""Builds modules in dependency order, a few at once, through the store."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bridge.lake import store
from bridge.lake.compiler import Compilation, compile_module
from bridge.lake.graph import Module
from bridge.lake.starter import Starter
from bridge.toolchain.locations import cache_root, locks_root
from bridge.toolchain.locks import any_lock, file_lock
from bridge.toolchain.model import BuildEvent, Diagnostic, Limits, ModuleResult, ModuleStatus

__all__ = ["Builder"]

_FORMAT = 1
_BYTES_PER_JOB = 1200 << 20
_LOOK_SECONDS = 0.1
_SORRY = "The module uses `sorry`, so what it states is not proved."


def _slots() -> list[Path]:
    """As many Lean processes run at once as there are processors, over all builds together."""
    return [locks_root() / f"slot-{index}.lock" for index in range(os.cpu_count() or 1)]


def _has_memory() -> bool:
    """Whether one more Lean fits into the memory that is free."""
    return psutil.virtual_memory().available > _BYTES_PER_JOB


@dataclass(slots=True)
class Builder:
    """One build of a module graph.

    ``toolchain_id`` is a text that changes whenever the toolchain does; ``allow_sorry`` names
    modules in which a ``sorry`` is no failure.
    """

    lean: list[str]
    toolchain_id: str
    graph: dict[str, Module]
    limits: Limits
    jobs: int
    on_event: Callable[[BuildEvent], None]
    allow_sorry: Callable[[str], bool] = lambda _module: False
    cancel: threading.Event = field(default_factory=threading.Event)
    _entries: dict[str, store.Entry] = field(default_factory=dict)
    _results: dict[str, ModuleResult] = field(default_factory=dict)
    _closures: dict[str, frozenset[str]] = field(default_factory=dict)
    _emitting: threading.Lock = field(default_factory=threading.Lock)
    _starter: Starter = field(init=False)
    _expected: set[str] = field(default_factory=set)
    _compiling: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._starter = Starter(self.lean)

    def run(self) -> list[ModuleResult]:
        """Build everything; the results are in the order of the graph."""
        for name, module in self.graph.items():
            inherited = (self._closures[item] for item in module.imports)
            self._closures[name] = frozenset(module.imports).union(*inherited)
        self._expect()
        waiting = dict(self.graph)
        running: dict[Future[ModuleResult], str] = {}
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            try:
                while waiting or running:
                    self._launch(pool, waiting, running)
                    self._prepare_next({*waiting, *running.values()})
                    done, _ = wait(running, _LOOK_SECONDS, FIRST_COMPLETED)
                    for future in done:
                        self._results[running.pop(future)] = future.result()
            except BaseException:
                self.cancel.set()
                raise
            finally:
                self._starter.close()
        return [self._results[name] for name in self.graph]

    def _expect(self) -> None:
        """Guess which modules will have to be compiled: those that the store does not promise."""
        promised = dict[str, dict[str, str]]()
        for name, module in self.graph.items():
            if self._closures[name] <= promised.keys():
                hashes = store.promised(self._key(module, promised))
                if hashes is not None:
                    promised[name] = hashes
        self._expected = set(self.graph) - set(promised)

    def _prepare_next(self, open_modules: set[str]) -> None:
        """Let a Lean come up for the next module, if a processor and memory are free for it."""
        busy = len(self._compiling)
        idle = busy < (os.cpu_count() or 1) and (busy == 0 or _has_memory())
        if idle and not self._expected.isdisjoint(open_modules):
            self._starter.prepare()

    @contextlib.contextmanager
    def _as_compiling(self, name: str) -> Iterator[None]:
        self._expected.discard(name)
        self._compiling.add(name)
        try:
            yield
        finally:
            self._compiling.discard(name)

    def _launch(
        self,
        pool: ThreadPoolExecutor,
        waiting: dict[str, Module],
        running: dict[Future[ModuleResult], str],
    ) -> None:
        """Start what can start; skip what stands on something that failed."""
        for name, module in list(waiting.items()):
            finished = [self._results.get(item) for item in module.imports]
            broken = next((item for item in finished if item is not None and not item.ok), None)
            if broken is not None:
                del waiting[name]
                self._results[name] = self._skip(module, broken.module)
            elif all(finished) and self._has_room(len(running)):
                del waiting[name]
                running[pool.submit(self._build, module)] = name

    def _has_room(self, running: int) -> bool:
        return running == 0 or (running < self.jobs and _has_memory())

    def _skip(self, module: Module, broken: str) -> ModuleResult:
        text = f"Not built, because {broken} was not."
        result = ModuleResult(
            module.name,
            str(module.source.path),
            "skipped",
            diagnostics=(Diagnostic("error", 1, 0, text),),
        )
        self._finish(result)
        return result

    def _key(self, module: Module, hashes: Mapping[str, Mapping[str, str]]) -> str:
        """Everything that can change what Lean makes of ``module``, with these imports' ``hashes``.

        Of an import only the part counts that Lean reads: a changed proof does not change it.
        """
        private = any(item.all for item in module.header.imports)
        suffixes = store.ARTIFACTS if private else (".olean", ".ir")
        imported = {
            name: [hashes[name].get(suffix, "") for suffix in suffixes]
            for name in sorted(self._closures[module.name])
        }
        parts = {
            "format": _FORMAT,
            "toolchain": self.toolchain_id,
            "module": module.name,
            "source": hashlib.sha256(module.text).hexdigest(),
            "options": module.source.package.lakefile.options,
            "imports": imported,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _build(self, module: Module) -> ModuleResult:
        closure = self._closures[module.name]
        key = self._key(module, {name: self._entries[name].hashes for name in closure})
        entry = store.load(key)
        if entry is not None:
            return self._accept(module, entry, "cached")
        # One lock for a group of keys: a second process that builds the same library waits
        # here and then finds the module in the store.
        with file_lock(locks_root() / f"module-{key[:3]}.lock"):
            entry = store.load(key)
            if entry is not None:
                return self._accept(module, entry, "cached")
            return self._compile(module, key)

    def _compile(self, module: Module, key: str) -> ModuleResult:
        self._emit(BuildEvent("start", module.name, str(module.source.path)))
        lines = module.text.count(b"\n") + 1
        work = cache_root() / "work"
        work.mkdir(parents=True, exist_ok=True)
        output = Path(tempfile.mkdtemp(dir=work))

        def on_diagnostic(item: Diagnostic) -> None:
            self._emit(
                BuildEvent(
                    "diagnostic",
                    module.name,
                    str(module.source.path),
                    min(1.0, item.line / lines),
                    item.severity,
                    item.line,
                    item.column,
                    item.text,
                )
            )

        try:
            imports = {
                name: self._entries[name].import_paths for name in self._closures[module.name]
            }
            with any_lock(_slots(), self.cancel), self._as_compiling(module.name):
                made = compile_module(
                    self._starter,
                    module,
                    imports,
                    dict(module.source.package.lakefile.options),
                    output=output,
                    limits=self.limits,
                    on_diagnostic=on_diagnostic,
                    cancel=self.cancel,
                )
            if made.status != "built" or module.source.path.read_bytes() != module.text:
                return self._reject(module, made)
            entry = store.publish(
                key,
                output,
                made.diagnostics,
                uses_sorry=made.uses_sorry,
                seconds=made.outcome.seconds,
                peak_memory_bytes=made.outcome.peak_memory_bytes,
            )
            return self._accept(module, entry, "built")
        finally:
            shutil.rmtree(output, ignore_errors=True)

    def _reject(self, module: Module, made: Compilation) -> ModuleResult:
        status, diagnostics = made.status, made.diagnostics
        if status == "built":
            status = "failed"
            text = "The file changed while Lean read it; build again."
            diagnostics = (*diagnostics, Diagnostic("error", 1, 0, text))
        result = ModuleResult(
            module.name,
            str(module.source.path),
            status,
            made.outcome.seconds,
            made.outcome.peak_memory_bytes,
            diagnostics,
        )
        self._finish(result)
        return result

    def _accept(self, module: Module, entry: store.Entry, status: ModuleStatus) -> ModuleResult:
        self._entries[module.name] = entry
        store.place(entry, module.source.package.build_dir, module.name)
        diagnostics = entry.diagnostics
        if entry.uses_sorry and not self.allow_sorry(module.name):
            status = "failed"
            diagnostics = (*diagnostics, Diagnostic("error", 1, 0, _SORRY))
        result = ModuleResult(
            module.name,
            str(module.source.path),
            status,
            entry.seconds,
            entry.peak_memory_bytes,
            diagnostics,
            entry.file(".olean"),
        )
        self._finish(result)
        return result

    def _finish(self, result: ModuleResult) -> None:
        self._emit(
            BuildEvent(
                "cached" if result.status == "cached" else "done",
                result.module,
                result.path,
                1.0,
                seconds=result.seconds,
                peak_memory_bytes=result.peak_memory_bytes,
                status=result.status,
                text="" if result.ok else "\n".join(d.text for d in result.diagnostics[-1:]),
            )
        )

    def _emit(self, event: BuildEvent) -> None:
        with self._emitting:
            self.on_event(event)
