"""Reads the restricted ``lakefile.lean`` that Lemmanet writes; anything else is refused by name.

A lakefile is a Lean program, and running a stranger's is running a stranger's code. This reader
understands declarations only::

    import Lake
    open Lake DSL
    package NAME where
      version := v!"0.1.0"
      leanOptions := #[⟨`autoImplicit, false⟩]
    require lemmanet from "PATH"
    @[default_target]
    lean_lib NAME where
      srcDir := "lean"
      roots := #[`A, `B]
      globs := #[.one `A, .submodules `B, .andSubmodules `C]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn, TypeVar

from runtime.errors import InputError

__all__ = ["Glob", "Lakefile", "LeanLib", "Requirement", "parse_lakefile", "read_lakefile"]

_MAX_BYTES = 1 << 16
_T = TypeVar("_T")

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/-.*?-/)
      | (?P<string>"(?:[^"\\\n]|\\[\\"])*")
      | (?P<quoted>`[A-Za-z_][\w'!?]*(?:\.[A-Za-z_][\w'!?]*)*|`«[^»\n]*»)
      | (?P<version>v!"[^"\n]*")
      | (?P<number>\d+)
      | (?P<word>\.?[A-Za-z_][\w'!?]*(?:\.[A-Za-z_][\w'!?]*)*|«[^»\n]*»)
      | (?P<mark>:=|\#\[|@\[|\[|\]|,|⟨|⟩|\(|\))
    """,
    re.VERBOSE | re.DOTALL,
)

_PACKAGE_TEXTS = frozenset({"version", "description", "keywords", "homepage", "license"})


@dataclass(frozen=True, slots=True)
class Glob:
    """A set of modules: ``one`` root, its ``submodules``, or ``andSubmodules`` for both."""

    kind: str
    root: str


@dataclass(frozen=True, slots=True)
class LeanLib:
    """A ``lean_lib``: where its sources lie and which modules it builds."""

    name: str
    source_dir: PurePosixPath
    roots: tuple[str, ...]
    globs: tuple[Glob, ...]
    default: bool


@dataclass(frozen=True, slots=True)
class Requirement:
    """Another package, at a path relative to this one's folder."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Lakefile:
    """Everything that Lemmanet's builder needs to know of a package."""

    name: str
    libs: tuple[LeanLib, ...]
    requires: tuple[Requirement, ...]
    options: tuple[tuple[str, str], ...]


class _Parser:
    """A recursive-descent reader of the declarations above."""

    def __init__(self, text: str, where: str) -> None:
        self._where, self._tokens, self._at = where, _tokenize(text, where), 0
        self._name = ""
        self._libs: list[LeanLib] = []
        self._requires: list[Requirement] = []
        self._options: dict[str, str] = {}

    def run(self) -> Lakefile:
        while self._kind != "end":
            default = self._accept("@[")
            if default:
                self._expect("default_target")
                self._expect("]")
            match "lean_lib" if default else self._text:
                case "import":
                    self._expect("import")
                    self._expect("Lake")
                case "open":
                    self._expect("open")
                    self._expect("Lake")
                    self._expect("DSL")
                case "package":
                    self._package()
                case "require":
                    self._require()
                case "lean_lib":
                    self._lean_lib(default)
                case other:
                    self._fail(f"{other} is not supported")
        if not self._name:
            self._fail("there is no package declaration")
        options = tuple(sorted(self._options.items()))
        return Lakefile(self._name, tuple(self._libs), tuple(self._requires), options)

    def _package(self) -> None:
        self._expect("package")
        self._name = self._identifier()
        for key in self._fields():
            if key == "leanOptions":
                self._options.update(self._list(self._option))
            elif key in _PACKAGE_TEXTS:
                self._plain_value()
            else:
                self._fail(f"the package field {key} is not supported")

    def _require(self) -> None:
        self._expect("require")
        name = self._identifier()
        self._expect("from")
        self._requires.append(Requirement(name, self._string()))

    def _lean_lib(self, default: bool) -> None:
        self._expect("lean_lib")
        name = self._identifier()
        source_dir, globs = ".", tuple[Glob, ...]()
        roots: tuple[str, ...] = (name,)
        for key in self._fields():
            if key == "srcDir":
                source_dir = self._string()
            elif key == "roots":
                roots = tuple(self._list(self._quoted))
            elif key == "globs":
                globs = tuple(self._list(self._glob))
            else:
                self._fail(f"the lean_lib field {key} is not supported")
        path = PurePosixPath(source_dir)
        if path.is_absolute() or ".." in path.parts:
            self._fail("srcDir leaves the package")
        globs = globs or tuple(Glob("one", root) for root in roots)
        self._libs.append(LeanLib(name, path, roots, globs, default))

    def _fields(self) -> Iterator[str]:
        """The keys of ``where key := value …``; the caller reads each value."""
        if not self._accept("where"):
            return
        while self._kind == "word" and self._tokens[self._at + 1][1] == ":=":
            key = self._take("word")
            self._expect(":=")
            yield key

    def _option(self) -> tuple[str, str]:
        self._expect("⟨")
        name = self._quoted()
        self._expect(",")
        value = self._take("number") if self._kind == "number" else self._take("word")
        if not value.isdigit() and value not in ("true", "false"):
            self._fail(f"the value {value} of option {name} is not a number or a truth value")
        self._expect("⟩")
        return name, value

    def _glob(self) -> Glob:
        if self._kind == "quoted":
            return Glob("one", self._quoted())
        kind = self._take("word").rpartition(".")[2]
        if kind not in ("one", "submodules", "andSubmodules"):
            self._fail(f"the glob {kind} is not supported")
        return Glob(kind, self._quoted())

    def _list(self, item: Callable[[], _T]) -> list[_T]:
        self._expect("#[")
        items = list[_T]()
        while not self._accept("]"):
            items.append(item())
            if self._text != "]":
                self._expect(",")
        return items

    def _plain_value(self) -> None:
        if self._text == "#[":
            self._list(self._string)
        elif self._kind == "version":
            self._take("version")
        else:
            self._string()

    def _string(self) -> str:
        return self._take("string")[1:-1].replace('\\"', '"').replace("\\\\", "\\")

    def _quoted(self) -> str:
        return self._take("quoted")[1:].replace("«", "").replace("»", "")

    def _identifier(self) -> str:
        return self._take("word").replace("«", "").replace("»", "")

    @property
    def _kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def _text(self) -> str:
        return self._tokens[self._at][1]

    def _accept(self, text: str) -> bool:
        found = self._text == text
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            self._fail(f"expected {text}, found {self._text or 'the end of the file'}")

    def _take(self, kind: str) -> str:
        if self._kind != kind:
            self._fail(f"expected a {kind}, found {self._text or 'the end of the file'}")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _fail(self, what: str) -> NoReturn:
        _refuse(self._where, self._tokens[self._at][2], what)


def _refuse(where: str, line: int, what: str) -> NoReturn:
    raise InputError(
        f"{where}, line {line}: {what[:100]}; only the lakefile form that Lemmanet writes is "
        "understood (package, require … from, lean_lib)."
    )


def _tokenize(text: str, where: str) -> list[tuple[str, str, int]]:
    """Kind, text and line of each token; the last one is of kind ``end``."""
    tokens, at = list[tuple[str, str, int]](), 0
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        found = _TOKEN.match(text, at)
        if found is None:
            _refuse(where, line, f"{text[at]!r} is not understood")
        if found.lastgroup != "space":
            tokens.append((str(found.lastgroup), found.group(), line))
        at = found.end()
    return [*tokens, ("end", "", text.count("\n") + 1)]


def parse_lakefile(text: str, where: str = "lakefile.lean") -> Lakefile:
    """Read the text of a restricted lakefile.

    Raises:
        InputError: anything that is not in the restricted form, with its line.
    """
    return _Parser(text, where).run()


def read_lakefile(package: Path) -> Lakefile:
    """Read ``lakefile.lean`` of the folder ``package``.

    Raises:
        InputError: it is missing, too large, not UTF-8, or not in the restricted form.
    """
    path = package / "lakefile.lean"
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path} is larger than {_MAX_BYTES} bytes, which no lakefile is.")
        return parse_lakefile(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
