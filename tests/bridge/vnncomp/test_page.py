"""The summary page: self-contained, escaped, and honest; the cactus plot."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from bridge.vnncomp.cactus import plot
from bridge.vnncomp.expected import Consensus, Expected
from bridge.vnncomp.instances import Benchmark, Instance
from bridge.vnncomp.page import summary_page
from bridge.vnncomp.store import Store
from bridge.vnncomp.summary import Summary, summarize

from ..pages import Page
from .conftest import finding, record, theorem

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e\x1b[2J"


def summary(tmp_path: Path, message: str = "why") -> Summary:
    records = [
        record("holds", finding("unsat", nodes=1200, leaves=600), theorem("proved")),
        record("violated", finding("sat"), theorem("refuted")),
        record("checked", finding("unsat")),
        record("open", finding("timeout", message=message, bound=-0.5)),
        record("lied", finding("unknown", verdict="rejected", rejections=(message,))),
        record("broken", finding("error", fault="worker", message=message)),
    ]
    words: dict[str, Consensus] = {
        "holds": "disputed",
        "violated": "unsat",
        "checked": "unsat",
    }
    instances = tuple(
        Instance(item.id, item.category, item.onnx, item.vnnlib, 5.0) for item in records
    )
    expected = {
        ("onnx/tent.onnx", f"vnnlib/{name}.vnnlib"): Expected(
            consensus=word, tools_unsat=7, tools_sat=1, fastest_seconds=2.0
        )
        for name, word in words.items()
    }
    benchmark = Benchmark("tents", tmp_path, instances, expected)
    return summarize(benchmark, {item.id: item for item in records})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.write("projects/tent_holds/report.html", "")
    made.write("projects/tent_holds/manifest.json", "")
    made.write("counterexamples/tent_violated.counterexample", "")
    return made


def assert_safe(page: Page) -> None:
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "iframe", "object", "embed", "link", "form", "base", "img"}
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("style", "src", "srcset", "xlink:href"), (tag, name)
            if name == "href":
                assert re.fullmatch(r"(#|projects/|counterexamples/)[A-Za-z0-9_./-]+", value or "")


def test_the_page(tmp_path: Path, store: Store) -> None:
    source = summary_page(summary(tmp_path), store)
    page = Page(source)
    assert_safe(page)
    text = " ".join("".join(page.text).split())
    assert "3 of 6 instances are decided: 2 unsat, 1 sat. 2 rest on Lean's kernel." in text
    assert "1 against what all other tools say. 1 settles a dispute." in text
    assert "7 tools say unsat and are right; 1 tool says sat." in text
    assert "1,200" in text
    assert "projects/tent_holds/report.html" in page.attributes("href")
    assert "counterexamples/tent_violated.counterexample" in page.attributes("href")
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {h[1:] for h in page.attributes("href") if h.startswith("#")} <= set(ids)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption")
    assert "http" not in source.replace("http-equiv", "")


def test_the_policy_allows_only_the_style_sheet(tmp_path: Path, store: Store) -> None:
    source = summary_page(summary(tmp_path), store)
    css = source.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in source
    assert "url(" not in css
    assert "@import" not in css


def test_hostile_text_stays_text(tmp_path: Path, store: Store) -> None:
    clean = Page(summary_page(summary(tmp_path), store))
    source = summary_page(summary(tmp_path, HOSTILE), store)
    page = Page(source)
    assert_safe(page)
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in clean.tags}
    assert "\u202e" not in source
    assert "\x1b" not in source
    assert "{{7*7}}" in "".join(page.text)


def test_only_theorems_look_settled(tmp_path: Path, store: Store) -> None:
    rows = tuple(row for row in summary(tmp_path).rows if not row.verdict.is_theorem)
    whole = summary(tmp_path)
    partial = Summary(
        benchmark="tents",
        created=whole.created,
        instances=len(rows),
        rows=rows,
        versions=whole.versions,
    )
    source = summary_page(partial, store).split('<section id="vocabulary"')[0]
    assert "verdict checked" in source
    assert 'class="verdict proved"' not in source
    assert 'class="verdict refuted"' not in source
    assert "Lean's kernel." not in source.split("</header>")[0]


def test_an_empty_run(tmp_path: Path, store: Store) -> None:
    instance = Instance("a", "tents", "a.onnx", "a.vnnlib", None)
    nothing = summarize(Benchmark("tents", tmp_path, (instance,), {}), {})
    page = Page(summary_page(nothing, store))
    assert "No instance was run." in "".join(page.text)


def test_the_plot_is_a_staircase() -> None:
    drawn = plot([("found", "found", [10.0, 0.1, 1.0]), ("kernel", "proved", [])])
    assert drawn is not None
    (curve,) = drawn.curves
    assert (curve.count, curve.total) == (3, pytest.approx(11.1))
    steps = [float(value) for value in re.findall(r"[HV]([\d.]+)", curve.path)]
    across, down = steps[0::2], steps[1::2]
    assert across == sorted(across)
    assert across[-1] == drawn.right
    assert down == sorted(down, reverse=True)
    assert down[-1] == drawn.top  # ten seconds is the upper end of the scale
    assert [tick.label for tick in drawn.seconds] == ["100 ms", "1 s", "10 s"]
    assert [tick.label for tick in drawn.counts] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("most", [1, 7, 186, 999, 12_345])
def test_the_counts_are_few_and_round(most: int) -> None:
    drawn = plot([("found", "found", [1.0] * most)])
    assert drawn is not None
    assert 2 <= len(drawn.counts) <= 7
    assert all(0 <= tick.at <= drawn.right for tick in drawn.counts)
    assert drawn.top <= drawn.seconds[-1].at <= drawn.seconds[0].at <= drawn.bottom


def test_nothing_to_plot() -> None:
    assert plot([("found", "found", [])]) is None
    zero = plot([("found", "found", [0.0])])
    assert zero is not None
