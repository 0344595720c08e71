"""Errors on the command line: one line, an exit code, no traceback for what was foreseen."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from bridge.report.text import visible
from bridge.report.verdicts import ExitCode
from runtime.errors import InfrastructureError, LemmanetError

__all__ = ["Commands", "complain"]

_INTERRUPTED = 130


class Commands(TyperGroup):
    """A group of commands whose errors become exit codes: 2 bad input, 3 infrastructure."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except LemmanetError as error:
            complain(str(error))
            infrastructure = isinstance(error, InfrastructureError)
            code = ExitCode.INFRASTRUCTURE if infrastructure else ExitCode.BAD_INPUT
            raise typer.Exit(int(code)) from None
        except KeyboardInterrupt:
            complain("Interrupted; the same command goes on where this one stopped.")
            raise typer.Exit(_INTERRUPTED) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            complain(f"{place}{error.strerror or error}.")
            raise typer.Exit(int(ExitCode.INFRASTRUCTURE)) from None
        except MemoryError:
            complain("The memory of this machine does not suffice.")
            raise typer.Exit(int(ExitCode.INFRASTRUCTURE)) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if type(error).__module__.startswith(("click", "typer")):
                raise  # the command line's own messages about options and arguments
            traceback.print_exc()
            complain(f"This is a fault of Lemmanet, please report it: {type(error).__name__}.")
            raise typer.Exit(int(ExitCode.INFRASTRUCTURE)) from None


def complain(message: str) -> None:
    """One line on the error stream."""
    line = " ".join(visible(message).split())
    print(f"error: {line}", file=sys.stderr)
