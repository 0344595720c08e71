"""The parts of docs/TRUST.md that are facts of the code.

`python -m bridge.trust docs/TRUST.md` fills them in again. A part stands between the lines
`<!-- generated: NAME -->` and `<!-- end -->`; the prose around it is written by hand.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from bridge.check.scan import FORBIDDEN
from bridge.report import assumptions
from bridge.report.model import ALLOWED_AXIOMS
from bridge.report.storage import write_text
from bridge.report.verdicts import AuditKind, Verdict
from runtime.errors import InputError

__all__ = ["PARTS", "fill", "main"]

_PART = re.compile(
    r"(?P<start>^<!-- generated: (?P<name>[a-z-]+) -->\n)(?P<body>.*?)(?P<end>^<!-- end -->$)",
    re.MULTILINE | re.DOTALL,
)


def _axioms() -> str:
    return "".join(f"- `{name}`\n" for name in sorted(ALLOWED_AXIOMS))


def _audits() -> str:
    return _table("audit", {kind.value: kind.meaning for kind in AuditKind})


def _verdicts() -> str:
    return _table("verdict", {verdict.value: verdict.meaning for verdict in Verdict})


def _table(title: str, meanings: Mapping[str, str]) -> str:
    rows = [f"| `{name}` | {meaning} |" for name, meaning in meanings.items()]
    return "\n".join([f"| {title} | meaning |", "|---|---|", *rows]) + "\n"


def _forbidden_words() -> str:
    """One row for each reason, in the order in which the scan lists them."""
    words: dict[str, list[str]] = {}
    for word, reason in FORBIDDEN.items():
        words.setdefault(reason, []).append(f"`{word}`")
    rows = [f"| {', '.join(found)} | {reason} |" for reason, found in words.items()]
    return "\n".join(["| word | what it does |", "|---|---|", *rows]) + "\n"


PARTS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "assumptions": assumptions.markdown,
        "audits": _audits,
        "axioms": _axioms,
        "forbidden-words": _forbidden_words,
        "verdicts": _verdicts,
    }
)


def fill(text: str) -> str:
    """The document with all its parts current.

    Raises InputError where a part has an unknown name, is missing, or stands there twice.
    """
    names = [match["name"] for match in _PART.finditer(text)]
    for name in names:
        if name not in PARTS:
            raise InputError(f"The part {name!r} is not known; use one of {', '.join(PARTS)}.")
    for name in PARTS:
        if names.count(name) != 1:
            raise InputError(f"The part {name!r} stands {names.count(name)} times, not once.")
    return _PART.sub(lambda m: f"{m['start']}{PARTS[m['name']]()}{m['end']}", text)


def main(arguments: list[str] | None = None) -> None:
    """Bring one document up to date."""
    parser = argparse.ArgumentParser(prog="python -m bridge.trust", description=__doc__)
    parser.add_argument("file", type=Path)
    file: Path = parser.parse_args(arguments).file
    write_text(fill(file.read_text(encoding="utf-8")), file)


if __name__ == "__main__":
    main()
