"""A run as data: `summary.json`, format `lemmanet.vnncomp/1`, and the competition's results file.

`python -m bridge.vnncomp.summary FILE` writes the JSON Schema to FILE
(docs/schemas/vnncomp-1.json).
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from bridge.check.versions import versions
from bridge.report.record import Count, Name, Record, Text
from bridge.report.schema import record_schema
from bridge.report.verdicts import Verdict
from bridge.vnncomp.expected import Expected
from bridge.vnncomp.instances import Benchmark
from bridge.vnncomp.outcome import Agreement, agreement, remark
from bridge.vnncomp.records import InstanceRecord, Result

__all__ = ["FORMAT", "Row", "Summary", "results_csv", "summarize", "summary_json"]

FORMAT: Literal["lemmanet.vnncomp/1"] = "lemmanet.vnncomp/1"


class Row(Record, frozen=True):
    """One instance: its state, and how it stands to the other tools."""

    record: InstanceRecord
    verdict: Verdict
    expected: Expected | None
    agreement: Agreement
    remark: Text = ""


class Summary(Record, frozen=True):
    """All instances of a benchmark that have a state, in the order of the table.

    `instances` counts those of the whole table. `created` carries a time zone; `versions` maps a
    component to its version.
    """

    benchmark: Name
    created: Annotated[datetime, Meta(tz=True)]
    instances: Count
    rows: Annotated[tuple[Row, ...], Meta(max_length=100_000)]
    versions: dict[Name, Name]
    format: Literal["lemmanet.vnncomp/1"] = FORMAT

    def verdicts(self) -> dict[Verdict, int]:
        """How many ended in each verdict, those that occur, in vocabulary order."""
        return _counts(Verdict, [row.verdict for row in self.rows])

    def results(self) -> dict[Result, int]:
        """How many ended in each word of the competition, those that occur."""
        return _counts(Result, [row.record.finding.result for row in self.rows])

    def agreements(self) -> dict[Agreement, int]:
        """How many stand in each way to the other tools, those that occur."""
        return _counts(Agreement, [row.agreement for row in self.rows])


def _counts(kinds: Any, found: Sequence[Any]) -> dict[Any, int]:
    return {kind: found.count(kind) for kind in kinds if kind in found}


def summarize(benchmark: Benchmark, records: Mapping[str, InstanceRecord]) -> Summary:
    """The summary over all instances of the benchmark that are in `records`, by id."""
    rows = []
    for instance in benchmark.instances:
        record = records.get(instance.id)
        if record is None:
            continue
        expected = benchmark.expectation(instance)
        rows.append(
            Row(
                record=record,
                verdict=record.verdict,
                expected=expected,
                agreement=agreement(record.finding.result, expected),
                remark=remark(record, expected),
            )
        )
    return Summary(
        benchmark=benchmark.name,
        created=datetime.now(UTC),
        instances=len(benchmark.instances),
        rows=tuple(rows),
        versions=versions(),
    )


def summary_json(summary: Summary) -> str:
    """The summary as JSON: fields in declaration order, two spaces of indentation."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=2).decode() + "\n"


def results_csv(summary: Summary) -> str:
    """The competition's results file: category, network, property, prepare time, result, run time.

    One line an instance, no header, times in seconds.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    for row in summary.rows:
        record, finding = row.record, row.record.finding
        writer.writerow(
            [
                record.category,
                record.onnx,
                record.vnnlib,
                f"{finding.prepare_seconds:.3f}",
                finding.result.value,
                f"{finding.seconds:.3f}",
            ]
        )
    return stream.getvalue()


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the summary, generated from the records."""
    return record_schema(Summary, "Lemmanet benchmark summary, format lemmanet.vnncomp/1")


def main(arguments: list[str]) -> int:
    """Write the schema to the one path given."""
    if len(arguments) != 1:
        print("usage: python -m bridge.vnncomp.summary FILE", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
