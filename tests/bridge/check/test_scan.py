"""The scan of sources: every way around the kernel is found, honest text is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.check.audit import scan_sources
from bridge.check.scan import scan_exported, scan_library
from bridge.toolchain.model import BuildResult, Diagnostic, ModuleResult

_LEAN = Path(__file__).resolve().parents[3] / "lean"

NEVER = [
    "theorem t : p := sorry",
    "theorem t : p := by admit",
    "theorem t : p := sorryAx _ true",
    "axiom t : p",
    "private axiom t : p",
    "theorem t : p := by native_decide",
    "theorem t : p := Lean.ofReduceBool a b rfl",
    "theorem t : p := _root_.Lean.trustCompiler",
    "unsafe def f := 1",
    "@[implemented_by g] def f := 1",
    '@[extern "f"] def f := 1',
    "@[simp, csimp] theorem t : f = g := rfl",
    "attribute [extern] f",
    "set_option debug.skipKernelTC true in theorem t : p := x",
    "set_option debug.byAsSorry true",
    'run_cmd Lean.logInfo "x"',
    "run_meta pure ()",
    "initialize pure ()",
    "@[init] def f := 1",
    'elab "x" : term => foo',
    "#eval 1",
    "def f := Lean.Environment.addDeclCore",
    "theorem t : p := by run_tac x",
    '#eval s!"{1}"',
    "/- open comment",
    "simproc reduce (x) := fun e => continue",
]
ONLY_EXPORTED = [
    'macro "x" : tactic => `(tactic| rfl)',
    'syntax "x" : term',
    'notation "x" => 1',
    'infixl:65 " + " => f',
    "opaque f : Nat",
    "partial def f := 1",
    "instance : Inhabited Nat := 1",
    "attribute [simp] f",
    "import Lean",
    "public import Lemmanetx",
    "import Std.Data",
]
HONEST = """module

public import Lemmanet
public import Tiny.Model
-- sorry, axiom, native_decide
/-- `axiom` /- sorry -/ and `unsafe`: text. -/
@[expose] def model : Nat := 1
theorem axiom_free : model = 1 := by decide +kernel
theorem sorry_free : "sorry" = "axiom" ∨ True := Or.inr trivial
set_option maxRecDepth 1000 in
theorem t : Op.constant = x.init := rfl
"""


@pytest.mark.parametrize("text", NEVER)
def test_ways_around_the_kernel(text: str) -> None:
    assert scan_library({"A.lean": text})
    assert scan_exported({"A.lean": text}, ["Lemmanet"])


@pytest.mark.parametrize("text", ONLY_EXPORTED)
def test_exported_files_have_less_freedom(text: str) -> None:
    assert scan_exported({"A.lean": text}, ["Lemmanet"])


def test_honest_text() -> None:
    assert scan_exported({"A.lean": HONEST}, ["Lemmanet", "Tiny"]) == []
    assert scan_library({"A.lean": HONEST}) == []


def test_a_finding_says_where() -> None:
    (finding,) = scan_library({"A.lean": "def a := 1\n\naxiom b : False"})
    assert str(finding) == "A.lean, line 3: 'axiom' assumes without proof"


def test_the_library_passes() -> None:
    files = {str(p.relative_to(_LEAN)): p.read_text() for p in _LEAN.rglob("*.lean")}
    assert files
    assert [str(finding) for finding in scan_library(files)] == []


def test_sorry_in_what_the_build_said() -> None:
    message = Diagnostic("warning", 7, 0, "declaration uses `sorry`")
    module = ModuleResult("A", "A.lean", "built", diagnostics=(message,))
    build = BuildResult(True, (module,))
    problems = ("A, line 7: Lean reports sorry",)
    own = scan_sources({"A": "", "B": ""}, {}, build, ["Lemmanet"])
    assert own.audit(["A"]).problems == problems
    assert own.audit(["B"]).problems == ()
    library = scan_sources({"B": ""}, {}, build, ["Lemmanet"])
    assert library.audit(["B"]).problems == problems


def test_a_finding_counts_for_the_claims_that_stand_on_its_file() -> None:
    texts = {"T": "module", "T.Bad": "axiom a : False", "T.Good": "module"}
    scan = scan_sources(texts, {}, BuildResult(True, ()), ["T"])
    assert scan.audit(["T", "T.Good"]).problems == ()
    assert scan.audit(["T", "T.Bad"]).problems == (
        "T/Bad.lean, line 1: 'axiom' assumes without proof",
    )
    library = scan_sources(texts, {"L.lean": "axiom b : False"}, BuildResult(True, ()), ["T"])
    assert "L.lean" in library.audit(["T.Good"]).problems[0]
