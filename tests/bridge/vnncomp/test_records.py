"""Records refuse to say more than their evidence; comparison, exit codes, formats."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bridge.report.verdicts import ExitCode, Verdict
from bridge.vnncomp.expected import Expected
from bridge.vnncomp.instances import Benchmark, Instance
from bridge.vnncomp.outcome import agreement, exit_code, remark
from bridge.vnncomp.records import Result
from bridge.vnncomp.summary import (
    Summary,
    json_schema,
    main,
    results_csv,
    summarize,
    summary_json,
)

from .conftest import finding, record, theorem

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "vnncomp-1.json"
UNSAT = Expected(consensus="unsat", tools_unsat=7, tools_sat=0)
SAT = Expected(consensus="sat", tools_unsat=0, tools_sat=7)
DISPUTED = Expected(consensus="disputed", tools_unsat=8, tools_sat=1)


@pytest.mark.parametrize(
    ("result", "fields", "message"),
    [
        ("unsat", {"verdict": "proved"}, "unsat cannot be proved"),
        ("unsat", {"verdict": "undecided"}, "unsat cannot be undecided"),
        ("timeout", {"verdict": "checked"}, "timeout cannot be checked"),
        ("error", {"verdict": "undecided"}, "error cannot be undecided"),
        ("sat", {"witness": None}, "a witness belongs to sat"),
        ("unsat", {"witness": finding("sat").witness}, "a witness belongs to sat"),
        ("unsat", {"strategy": None}, "names model, property and strategy"),
        ("sat", {"model_sha256": None}, "names model, property and strategy"),
        ("unknown", {"message": ""}, "unknown needs a message"),
        ("unknown", {"verdict": "rejected"}, "rejected needs what the checker said"),
        ("unsat", {"bound": float("nan")}, "finite"),
        ("unsat", {"find_seconds": -1.0}, "find_seconds"),
    ],
)
def test_findings_that_must_not_be_said(result: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        finding(result, **fields)


def test_proofs_that_must_not_be_said() -> None:
    with pytest.raises(ValueError, match="does not end checked"):
        theorem("checked")
    for field in ("theorem", "provider", "lean_version", "library_sha256"):
        with pytest.raises(ValueError, match="a theorem names itself"):
            theorem("proved", **{field: None})
    with pytest.raises(ValueError, match="undecided needs a message"):
        theorem("undecided")
    with pytest.raises(ValueError, match="only what is decided can be proved"):
        record("open", finding("unknown"), theorem("undecided", message="why"))
    with pytest.raises(ValueError, match="refuted contradicts unsat"):
        record("holds", finding("unsat"), theorem("refuted"))
    with pytest.raises(ValueError, match="proved contradicts sat"):
        record("violated", finding("sat"), theorem("proved"))


@pytest.mark.parametrize(
    ("result", "proof", "verdict"),
    [
        ("unsat", None, Verdict.CHECKED),
        ("unsat", theorem("proved"), Verdict.PROVED),
        ("sat", theorem("refuted"), Verdict.REFUTED),
        ("unsat", theorem("undecided", message="time"), Verdict.CHECKED),
        ("unsat", theorem("error", message="crash"), Verdict.CHECKED),
        ("unsat", theorem("rejected", message="no"), Verdict.REJECTED),
        ("timeout", None, Verdict.UNDECIDED),
        ("error", None, Verdict.ERROR),
    ],
)
def test_the_verdict(result: str, proof: Any, verdict: Verdict) -> None:
    assert record("holds", finding(result), proof).verdict is verdict


@pytest.mark.parametrize(
    ("result", "expected", "word"),
    [
        ("unsat", UNSAT, "agrees"),
        ("sat", UNSAT, "disagrees"),
        ("unsat", SAT, "disagrees"),
        ("sat", DISPUTED, "settles"),
        ("sat", Expected(consensus="unknown"), "first"),
        ("unsat", None, "uncompared"),
        ("timeout", UNSAT, "open"),
        ("error", SAT, "open"),
    ],
)
def test_agreement(result: str, expected: Expected | None, word: str) -> None:
    assert agreement(Result(result), expected) == word
    assert agreement(Result(result), expected).meaning


def test_who_was_right() -> None:
    assert remark(record("a", finding("unsat"), theorem("proved")), DISPUTED) == (
        "8 tools say unsat and are right; 1 tool says sat. "
        "Shown by a theorem that Lean's kernel accepted."
    )
    assert remark(record("a", finding("sat")), DISPUTED) == (
        "1 tool says sat and is right; 8 tools say unsat. "
        "Shown by an exact counterexample that the exact checker accepted."
    )
    assert remark(record("a", finding("sat"), theorem("refuted")), UNSAT) == (
        "7 tools say unsat. Against that: an exact counterexample that Lean's kernel accepted, sat."
    )
    assert remark(record("a", finding("sat")), SAT) == ""
    assert remark(record("a", finding("timeout")), DISPUTED) == ""


def test_exit_codes() -> None:
    good = (record("a", finding("unsat")), UNSAT)
    open_ = (record("b", finding("timeout")), UNSAT)
    unreadable = (record("c", finding("error", fault="input")), None)
    died = (record("d", finding("error", fault="worker")), None)
    against = (record("e", finding("sat")), UNSAT)
    lied = (record("f", finding("unsat", rejections=("x",))), UNSAT)
    lean_no = (record("g", finding("unsat"), theorem("rejected", message="no")), UNSAT)
    lean_died = (record("h", finding("unsat"), theorem("error", message="crash")), UNSAT)
    late = (record("i", finding("unsat"), theorem("undecided", message="time")), UNSAT)
    assert exit_code([]) == ExitCode.SUCCESS
    assert exit_code([good, late]) == ExitCode.SUCCESS
    assert exit_code([good, open_]) == ExitCode.UNDECIDED
    assert exit_code([good, open_, unreadable]) == ExitCode.BAD_INPUT
    for bad in (died, lean_died):
        assert exit_code([good, open_, unreadable, bad]) == ExitCode.INFRASTRUCTURE
    for bad in (against, lied, lean_no):
        assert exit_code([died, open_, unreadable, bad]) == ExitCode.REJECTED


@pytest.fixture
def summary(tmp_path: Path) -> Summary:
    names = ("holds", "violated", "open", "later")
    instances = tuple(
        Instance(f"tent_{name}", "tents", "onnx/tent.onnx", f"vnnlib/{name}.vnnlib", 5.0)
        for name in names
    )
    expected = {(item.onnx, item.vnnlib): DISPUTED for item in instances[:2]}
    records = {
        f"tent_{name}": record(name, found)
        for name, found in (
            ("violated", finding("sat", prepare_seconds=0.25, check_seconds=0.5)),
            ("holds", finding("unsat")),
            ("open", finding("timeout")),
        )
    }
    return summarize(Benchmark("tents", tmp_path, instances, expected), records)


def test_the_results_file(summary: Summary) -> None:
    rows = list(csv.reader(results_csv(summary).splitlines()))
    assert rows == [
        ["tents", "onnx/tent.onnx", "vnnlib/holds.vnnlib", "0.000", "unsat", "0.500"],
        ["tents", "onnx/tent.onnx", "vnnlib/violated.vnnlib", "0.250", "sat", "1.000"],
        ["tents", "onnx/tent.onnx", "vnnlib/open.vnnlib", "0.000", "timeout", "0.500"],
    ]


def test_the_summary_and_its_schema(summary: Summary, tmp_path: Path) -> None:
    assert summary.instances == 4
    assert summary.verdicts() == {Verdict.CHECKED: 2, Verdict.UNDECIDED: 1}
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(validator.schema)
    value = json.loads(summary_json(summary))
    validator.validate(value)
    value["rows"][0]["record"]["finding"]["result"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(value)
    assert main([str(tmp_path / "schema.json")]) == 0
    assert (tmp_path / "schema.json").read_bytes() == SCHEMA.read_bytes()
