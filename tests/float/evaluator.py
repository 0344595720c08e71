"""Evaluates the floating-point library of Lean on many operands, in one file.

The library generates no code and Lean here cannot run imported code, so that its sources are put
into the file, as ordinary definitions for Lean's interpreter.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bridge.toolchain import Toolchain
from tests.float.operands import Bits

_ROOT = Path(__file__).resolve().parents[2]
_LIBRARY = _ROOT / "lean" / "Lemmanet" / "Float"
_MODULES = ("Format", "Rounding", "Arithmetic", "Comparison", "Conversion")
# Lean reads literals fastest in pieces of a few thousand digits.
_CHUNK_BITS = 8192

_PREAMBLE = """
namespace Lemmanet.Float.Conformance

def digit (width x i : Nat) : Nat := (x >>> (width * i)) % 2 ^ width

def differences (op : Nat → Nat → Nat → Nat) (width a b c expected : Nat) : Nat → String → String
  | 0, said => said
  | i + 1, said =>
    let got := op (digit width a i) (digit width b i) (digit width c i)
    differences op width a b c expected i
      (if got = digit width expected i then said else said ++ s!" {i}:{got}")

def unary {F G : Format} (op : Datum F → Result G) (a _ _ : Nat) : Nat :=
  (op (.ofBits F a)).datum.toBits

def binary {F : Format} (op : Datum F → Datum F → Result F) (a b _ : Nat) : Nat :=
  (op (.ofBits F a) (.ofBits F b)).datum.toBits

def ternary {F : Format} (op : Datum F → Datum F → Datum F → Result F) (a b c : Nat) : Nat :=
  (op (.ofBits F a) (.ofBits F b) (.ofBits F c)).datum.toBits

def test {F : Format} (op : Datum F → Datum F → Bool) (a b _ : Nat) : Nat :=
  if op (.ofBits F a) (.ofBits F b) then 1 else 0

end Lemmanet.Float.Conformance
open Lemmanet.Float Lemmanet.Float.Conformance
"""


@dataclass(frozen=True)
class Trial:
    """An operation, as a Lean function of three bit patterns, with operands and what is expected.

    No pattern has more than `width` bits, a multiple of 4. Each array is `[cases]`;
    operands that the function ignores are zero.
    """

    name: str
    width: int
    function: str
    operands: tuple[Bits, Bits, Bits]
    expected: Bits

    @property
    def chunk(self) -> int:
        """The number of cases that share their literals."""
        return _CHUNK_BITS // self.width


@dataclass(frozen=True)
class Difference:
    """A case where Lean's answer is another one."""

    name: str
    operands: tuple[int, int, int]
    expected: int
    got: int


def _source() -> str:
    """The library's text, as definitions that generate code."""
    parts = ["module\n"]
    for name in _MODULES:
        text = (_LIBRARY / f"{name}.lean").read_text(encoding="utf-8")
        text, opened = re.subn(r"(?m)^@\[expose\] public noncomputable section$", "", text)
        assert opened == 1, name
        text = re.sub(r"(?m)^(module|public import .*)$", "", text)
        parts.append(text.replace("def toRat", "noncomputable def toRat"))
    return "".join(parts)


def _packed(values: Bits, width: int) -> str:
    """A literal with the first value in its lowest `width` bits."""
    digits = "".join(f"{int(value):0{width // 4}x}" for value in values[::-1])
    return "0x" + (digits.lstrip("0") or "0")


def _chunks(trials: list[Trial]) -> list[tuple[Trial, int, int]]:
    return [
        (trial, start, min(start + trial.chunk, len(trial.expected)))
        for trial in trials
        for start in range(0, len(trial.expected), trial.chunk)
    ]


def evaluate(lean: Toolchain, folder: Path, trials: list[Trial]) -> list[Difference]:
    """Every case in which Lean's answer differs from the expected one.

    Raises AssertionError where Lean does not evaluate every chunk of cases.
    """
    chunks = _chunks(trials)
    lines = [_source(), _PREAMBLE]
    for number, (trial, start, stop) in enumerate(chunks):
        columns = (*trial.operands, trial.expected)
        literals = " ".join(_packed(values[start:stop], trial.width) for values in columns)
        call = f"differences ({trial.function}) {trial.width} {literals} {stop - start}"
        lines.append(f'#eval {call} "done {number}"')
    path = folder / "Conformance.lean"
    path.write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        [*lean.lake(), "env", "lean", "--json", str(path)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    errors = [message["data"] for message in messages if message["severity"] == "error"]
    assert not errors, errors[0]
    answers = [
        re.fullmatch(r'"done (\d+)((?: \d+:\d+)*)"', message["data"]) for message in messages
    ]
    evaluated = [int(answer[1]) for answer in answers if answer]
    assert evaluated == list(range(len(chunks))), done.stderr[-2000:]
    found = []
    for answer, (trial, start, _) in zip(filter(None, answers), chunks, strict=True):
        for item in answer[2].split():
            index, got = (int(part) for part in item.split(":"))
            a, b, c = (int(values[start + index]) for values in trial.operands)
            expected = int(trial.expected[start + index])
            found.append(Difference(trial.name, (a, b, c), expected, got))
    return found
