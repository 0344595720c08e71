"""The documents, and what is in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Document:
    """A Markdown file: its path from the root of the project, and its text."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks of a language; the empty name stands for commands and pictures."""
        return [m["code"] for m in _BLOCK.finditer(self.text) if m["language"] == language]

    @property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return _BLOCK.sub("", self.text)


def documents() -> list[Document]:
    """The README and everything under docs, in order."""
    return [Document(path) for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the project."""
    return ROOT


@pytest.fixture(scope="session")
def docs() -> dict[str, Document]:
    """All documents by their path from the root."""
    return {document.name: document for document in documents()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `document` runs once for each."""
    if "document" in metafunc.fixturenames:
        found = documents()
        metafunc.parametrize("document", found, ids=[document.name for document in found])
