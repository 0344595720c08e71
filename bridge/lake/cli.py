"""The ``lake`` command of the registry toolchain: build, env, serve, --version."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from bridge.lake.workspace import load_workspace
from bridge.toolchain.metadata import read_metadata
from bridge.toolchain.model import Limits
from bridge.toolchain.packages import LEAN_PACKAGE
from runtime.errors import InfrastructureError, InputError, LemmanetError

__all__ = ["main"]

_BUILD_FAILED, _BAD_INPUT, _NO_LEAN = 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status (0, 1 failed build, 2 bad input, 3 no Lean)."""
    options = _parser().parse_args(arguments)
    try:
        if options.version:
            return _version()
        match options.command:
            case "build":
                return _build(options)
            case "env":
                return _env(options)
            case "serve":
                return _serve(options)
        _parser().print_help()
        return _BAD_INPUT
    except LemmanetError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NO_LEAN if isinstance(error, InfrastructureError) else _BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lake", description="Lake's commands for the registry Lean: the part Lemmanet uses."
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    parser.add_argument("-d", "--dir", type=Path, default=Path(), help="the package's folder")
    commands = parser.add_subparsers(dest="command")
    build = commands.add_parser("build", help="compile libraries or modules")
    build.add_argument("targets", nargs="*", metavar="TARGET")
    build.add_argument("--jobs", type=int, default=2, help="files at once (default 2)")
    build.add_argument("--timeout", type=float, default=600.0, help="seconds for each file")
    build.add_argument("--memory", type=int, default=4096, help="megabytes for each file")
    build.add_argument(
        "--allow-sorry",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module in which `sorry` is no failure (* for all)",
    )
    build.add_argument("--events", action="store_true", help="print JSON lines")
    env = commands.add_parser("env", help="run a command with LEAN_PATH set")
    env.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")
    serve = commands.add_parser("serve", help="the language server, on standard input and output")
    serve.add_argument("server", nargs="*", metavar="OPTION", help="accepted and not used")
    return parser


def _toolchain() -> tuple[Path, dict[str, str]]:
    """The folder and metadata of the toolchain whose ``bin/lake`` was called."""
    if named := os.environ.get("LEMMANET_TOOLCHAIN"):
        folder = Path(named)
    else:
        from bridge.toolchain.install import registry_folder

        folder = registry_folder()
    metadata = read_metadata(folder)
    if metadata is None:
        raise InfrastructureError(
            "The registry toolchain is not installed; run `lemmanet toolchain install`."
        )
    return folder, metadata


def _version() -> int:
    _, metadata = _toolchain()
    print(
        f"Lake for the registry toolchain (Lean version {metadata['version']}, "
        f"commit {metadata['commit']}, unofficial)"
    )
    return 0


def _build(options: argparse.Namespace) -> int:
    from bridge.lake.build import Builder
    from bridge.lake.graph import module_graph
    from bridge.lake.printer import JsonPrinter, Printer, TextPrinter

    if options.jobs < 1 or options.timeout <= 0 or options.memory < 1:
        raise InputError("--jobs, --timeout and --memory must be positive.")
    folder, _ = _toolchain()
    workspace = load_workspace(options.dir)
    targets = workspace.targets(options.targets or None)
    graph = module_graph(workspace, targets, folder / "root" / "lib" / "lean")
    printer: Printer = JsonPrinter() if options.events else TextPrinter(len(graph))
    allowed = frozenset(options.allow_sorry)
    cancel = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: cancel.set())
    results = Builder(
        lean=[str(folder / "bin" / "lean")],
        toolchain_id=f"{LEAN_PACKAGE.name} {LEAN_PACKAGE.version} {sorted(LEAN_PACKAGE.sha256)}",
        graph=graph,
        limits=Limits(options.timeout, options.memory),
        jobs=options.jobs,
        on_event=printer.event,
        allow_sorry=lambda module: module in allowed or "*" in allowed,
        cancel=cancel,
    ).run()
    printer.results(results)
    return 0 if all(item.ok for item in results) else _BUILD_FAILED


def _env(options: argparse.Namespace) -> int:
    """Replace this process by the command, which finds the toolchain's programs and the builds."""
    folder, _ = _toolchain()
    environment = dict(os.environ)
    environment["LEAN_PATH"] = load_workspace(options.dir).lean_path
    environment["PATH"] = os.pathsep.join([str(folder / "bin"), environment.get("PATH", "")])
    if not options.argv:
        for name in ("LEAN_PATH", "PATH"):
            print(f"{name}={environment[name]}")
        return 0
    try:
        os.execvpe(options.argv[0], options.argv, environment)  # noqa: S606
    except OSError as error:
        raise InputError(f"{options.argv[0]} cannot be run: {error}") from error


def _serve(options: argparse.Namespace) -> int:
    from bridge.lake.serve import Watchdog

    folder, _ = _toolchain()
    workspace = load_workspace(options.dir)
    return Watchdog(
        [str(folder / "bin" / "lean")],
        workspace.packages[0].root,
        workspace.lean_path,
        sys.stdin.buffer,
        sys.stdout.buffer,
    ).run()
