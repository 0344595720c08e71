"""Evaluates the floating-point library of Lean on many operands, in one file.

The library generates no code and Lean here cannot run imported code, so that its sources are put
into the file, as ordinary definitions for Lean's interpreter. Operands and expected results are
read from binary files: as literals they would take Lean longer than the operations.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.toolchain import Toolchain
from tests.float.operands import Bits

_ROOT = Path(__file__).resolve().parents[2]
_LIBRARY = _ROOT / "lean" / "Lemmanet" / "Float"
_MODULES = ("Format", "Rounding", "Arithmetic", "Comparison", "Conversion", "Decimal")

_PREAMBLE = """
namespace Lemmanet.Float.Conformance

def bytes (data : ByteArray) (start : Nat) : Nat → Nat → Nat
  | 0, value => value
  | i + 1, value => bytes data start i (256 * value + (data.get! (start + i)).toNat)

def differences (op : Nat → Nat → Nat → Nat) (width : Nat) (data : ByteArray) :
    Nat → String → String
  | 0, said => said
  | i + 1, said =>
    let word := fun column => bytes data (width * (4 * i + column)) width 0
    let got := op (word 0) (word 1) (word 2)
    differences op width data i (if got = word 3 then said else said ++ s!" {i}:{got}")

def evaluate (number : Nat) (path : System.FilePath) (width count : Nat)
    (op : Nat → Nat → Nat → Nat) : IO String := do
  let data ← IO.FS.readBinFile path
  if data.size = 4 * width * count then return differences op width data count s!"done {number}"
  else return "wrong size"

def unary {F G : Format} (op : Datum F → Result G) (a _ _ : Nat) : Nat :=
  (op (.ofBits F a)).datum.toBits

def binary {F : Format} (op : Datum F → Datum F → Result F) (a b _ : Nat) : Nat :=
  (op (.ofBits F a) (.ofBits F b)).datum.toBits

def ternary {F : Format} (op : Datum F → Datum F → Datum F → Result F) (a b c : Nat) : Nat :=
  (op (.ofBits F a) (.ofBits F b) (.ofBits F c)).datum.toBits

def flags (f : Flags) : Nat :=
  f.invalid.toNat + 2 * f.divideByZero.toNat + 4 * f.overflow.toNat + 8 * f.underflow.toNat +
    16 * f.inexact.toNat

def flagged {F : Format} (result : Result F) : Nat :=
  result.datum.toBits + 2 * F.signWeight * flags result.flags

def signal {F : Format} (result : Result F) : Nat := flags { result.flags with underflow := false }

def integer (z : Int) : Nat := (z % 2 ^ 64).toNat

def test {F : Format} (op : Datum F → Datum F → Bool) (a b _ : Nat) : Nat :=
  if op (.ofBits F a) (.ofBits F b) then 1 else 0

end Lemmanet.Float.Conformance
open Lemmanet.Float Lemmanet.Float.Conformance
"""


@dataclass(frozen=True)
class Trial:
    """An operation, as a Lean function of three bit patterns, with operands and what is expected.

    No pattern has more than `width` bits, a multiple of 8. Each array is `[cases]`;
    operands that the function ignores are zero.
    """

    name: str
    width: int
    function: str
    operands: tuple[Bits, Bits, Bits]
    expected: Bits


@dataclass(frozen=True)
class Difference:
    """A case where Lean's answer is another one."""

    name: str
    operands: tuple[int, ...]
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


def _write(path: Path, trial: Trial) -> None:
    """The operands and the expected result of each case, little-endian, one after the other."""
    columns = np.stack((*trial.operands, trial.expected), axis=1).astype("<u8")
    path.write_bytes(columns.view(np.uint8).reshape(-1, 8)[:, : trial.width // 8].tobytes())


def evaluate(lean: Toolchain, folder: Path, trials: list[Trial]) -> list[Difference]:
    """Every case in which Lean's answer differs from the expected one.

    Raises AssertionError where Lean does not evaluate every case.
    """
    lines = [_source(), _PREAMBLE]
    for number, trial in enumerate(trials):
        data = folder / f"cases-{number}.bin"
        _write(data, trial)
        cases = f"{json.dumps(str(data))} {trial.width // 8} {len(trial.expected)}"
        lines.append(f"#eval evaluate {number} {cases} ({trial.function})")
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
    assert not errors, errors[:9]
    answers = [
        re.fullmatch(r'"done (\d+)((?: \d+:\d+)*)"', message["data"]) for message in messages
    ]
    evaluated = [int(answer[1]) for answer in answers if answer]
    assert evaluated == list(range(len(trials))), done.stdout[-500:] + done.stderr[-500:]
    return [
        Difference(
            trial.name,
            tuple(int(values[int(index)]) for values in trial.operands),
            int(trial.expected[int(index)]),
            int(got),
        )
        for answer, trial in zip(filter(None, answers), trials, strict=True)
        for index, got in (item.split(":") for item in answer[2].split())
    ]
