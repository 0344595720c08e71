"""``lake env lean …``: Lean comes up while the lakefiles are read.

This process becomes Lean, so that whoever started it sees Lean's exit status and can stop it; a
child reads the lakefiles and sends what to do. Imports wait until Lean runs.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

__all__ = ["run_lean"]

_MOST_ARGUMENTS = 1000  # see node/request.js
_BAD_INPUT = 2


def run_lean(arguments: list[str]) -> None:
    """Become Lean if the ``arguments`` of `lake` say so; else return."""
    folder = os.environ.get("LEMMANET_TOOLCHAIN", "")
    ready = os.path.isfile(os.path.join(folder, "toolchain.json"))  # written last
    if arguments[:2] != ["env", "lean"] or not ready:
        return
    options = arguments[2:]
    if len(options) > _MOST_ARGUMENTS or "--worker" in options:
        return
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        _send(writing, options)
    os.close(writing)
    os.set_inheritable(reading, True)
    environment = {**os.environ, "LEMMANET_HANDOVER": str(reading)}
    program = os.path.join(folder, "bin", "lean")
    with contextlib.suppress(OSError):  # then the ordinary way says what is wrong
        os.execve(program, [program], environment)  # noqa: S606


def _send(pipe: int, options: list[str]) -> NoReturn:
    """Say what to do, and end this process; a Lean that hears nothing ends too."""
    try:
        with os.fdopen(pipe, "wb") as stream:
            stream.write(_message(options))
    except BrokenPipeError:
        pass  # Lean has ended already
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(0)


def _message(options: list[str]) -> bytes:
    from pathlib import Path

    from bridge.lake.request import refusal, request
    from bridge.lake.workspace import load_workspace
    from runtime.errors import InputError

    try:
        return request(options, {"LEAN_PATH": load_workspace(Path()).lean_path}, os.getcwd())
    except InputError as error:
        return refusal(str(error), _BAD_INPUT)
