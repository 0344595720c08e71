"""The output folder: what lies where, and how it is written whole or not at all.

vnncomp.json              which benchmark this is; a folder without it is left alone
results.csv               the competition's results file
summary.json, summary.html
instances/ID.json         the state of one instance
certificates/ID/*.json    accepted certificates, one for each case
counterexamples/ID.counterexample
projects/ID               exported Lean project with its reports
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bridge.report.record import Name, Record
from bridge.report.storage import write_text
from bridge.toolchain.locks import file_lock
from bridge.vnncomp.records import InstanceRecord
from certificates import strict_json
from runtime.errors import InfrastructureError, InputError

__all__ = ["Store"]

_MARK = "vnncomp.json"
_LOCK = ".lock"
_WORK = ".work"
_MAX_STATE_BYTES = 1 << 28
_FORMAT = "lemmanet.vnncomp/1"


class _Mark(Record, frozen=True):
    """Which table the folder is about."""

    format: Name
    benchmark: Name
    table: Name


class Store:
    """The output folder of one benchmark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def opened(self, benchmark: str, table: str) -> Iterator[None]:
        """Make or take the folder, and keep other runs out of it.

        Raises InputError for a folder that holds something else, InfrastructureError where another
        run is at work in it.
        """
        mark = _Mark(format=_FORMAT, benchmark=benchmark, table=table)
        self._claim(mark)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(file_lock(self.folder / _LOCK, timeout_s=0.0))
            except InfrastructureError:
                raise InfrastructureError(
                    f"Another run is at work in {self.folder}; wait, or choose another one."
                ) from None
            stack.callback(shutil.rmtree, self.folder / _WORK, ignore_errors=True)
            # What a run that was killed has left.
            shutil.rmtree(self.folder / _WORK, ignore_errors=True)
            yield

    def _claim(self, mark: _Mark) -> None:
        folder = self.folder
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise InputError(f"{folder} exists and is not a folder; choose another name.")
        path = folder / _MARK
        if path.is_file() and not path.is_symlink():
            value = strict_json.read(path, "mark", 1 << 16)
            if strict_json.convert(value, _Mark, f"file {path}") != mark:
                raise InputError(
                    f"The folder {folder} holds the results of another benchmark; choose another."
                )
            return
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(
                f"The folder {folder} is not empty and holds no results; choose another."
            )
        self.write(_MARK, _json(mark))

    def write(self, name: str, text: str) -> None:
        """Replace a file of the folder, whole or not at all."""
        write_text(text, self.folder / name)

    def load(self, instance: str) -> InstanceRecord | None:
        """The state of an instance; None where there is none, or what is there cannot be used."""
        path = self.folder / "instances" / f"{instance}.json"
        try:
            if path.stat().st_size > _MAX_STATE_BYTES:
                return None
            return msgspec.json.decode(path.read_bytes(), type=InstanceRecord)
        except (OSError, ValueError, RecursionError):
            return None

    def save(self, record: InstanceRecord) -> None:
        """Write the state of an instance."""
        self.write(f"instances/{record.id}.json", _json(record))

    def certificates(self, instance: str) -> Path:
        """Where the accepted certificates of an instance lie."""
        return self.folder / "certificates" / instance

    def certificate_files(self, instance: str) -> list[Path]:
        """The accepted certificates of an instance, by case."""
        return sorted(
            self.certificates(instance).glob("case-*.certificate.json"),
            key=lambda path: int(path.name.split("-")[1].split(".")[0]),
        )

    def counterexample(self, instance: str) -> Path:
        """The counterexample file of an instance."""
        return self.folder / "counterexamples" / f"{instance}.counterexample"

    def project(self, instance: str) -> Path:
        """The exported project of an instance."""
        return self.folder / "projects" / instance

    @contextlib.contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder for one worker, on the same file system, that is gone afterwards."""
        place = self.folder / _WORK
        place.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def adopt(
        self, instance: str, certificates: Sequence[Path], counterexample: str | None
    ) -> None:
        """Replace the certificates and the counterexample of an instance by new ones."""
        target = self.certificates(instance)
        shutil.rmtree(target, ignore_errors=True)
        self.counterexample(instance).unlink(missing_ok=True)
        if certificates:
            target.mkdir(parents=True)
            for path in certificates:
                os.replace(path, target / path.name)
        if counterexample is not None:
            self.write(f"counterexamples/{instance}.counterexample", counterexample)


def _json(record: Record) -> str:
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n"
