"""The HTML page: self-contained, escaped, accessible, and honest about open questions."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bridge.report import model as m
from bridge.report.html import render_html, save_html
from bridge.report.views import claim_views, graph_view

from ..pages import Page

Make = Callable[..., Any]
_CSS = Path(__file__).resolve().parents[3] / "templates" / "report.css.j2"


def _assert_safe(page: Page) -> None:
    names = {tag for tag, _ in page.tags}
    forbidden = {"script", "iframe", "object", "embed", "link", "form", "base", "foreignobject"}
    assert not names & forbidden
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("style", "srcset", "xlink:href"), (tag, name)
            if name == "href":
                assert re.fullmatch(r"#[A-Za-z0-9_.-]+", value or "")
            if name == "src":
                assert re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/=]+", value or "")


@pytest.fixture(params=["digits_report", "resnet_report"])
def page_source(request: pytest.FixtureRequest) -> str:
    return render_html(request.getfixturevalue(request.param))


def test_page_is_self_contained(page_source: str) -> None:
    page = Page(page_source)
    _assert_safe(page)
    assert "http" not in page_source.replace("http-equiv", "")
    css = page_source.split("<style>")[1].split("</style>")[0]
    assert "@import" not in css
    assert "url(" not in css


def test_policy_allows_only_the_style_sheet(page_source: str) -> None:
    css = page_source.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in Page(page_source).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_ids_are_unique_and_links_resolve(page_source: str) -> None:
    page = Page(page_source)
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.attributes("href")} <= set(ids)


def test_structure_for_assistive_technology(page_source: str) -> None:
    page = Page(page_source)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == 1
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert tags.count("table") == tags.count("caption")
    assert all("alt" in attributes for tag, attributes in page.tags if tag == "img")
    for _, attributes in page.tags:
        if attributes.get("role") == "region":
            assert attributes.get("tabindex") == "0"
            assert attributes.get("aria-label")


def test_same_report_same_bytes(digits_report: m.Report, tmp_path: Path) -> None:
    save_html(digits_report, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == render_html(digits_report)


def test_evidence_is_on_the_page(digits_report: m.Report) -> None:
    text = "".join(Page(render_html(digits_report)).text)
    for claim in digits_report.claims:
        assert claim.title in text
        assert claim.message in text
        assert claim.theorem is None or claim.theorem in text
        for value in (claim.sha256.model, claim.sha256.property, claim.sha256.sources):
            assert value is None or value in text
        for line in (claim.statement or "").splitlines():
            assert line in text
        for file in claim.files:
            assert file.path in text
            assert all(diagnostic.text in text for diagnostic in file.diagnostics)
    for node in digits_report.model.nodes:
        assert node.name in text
    assert "onnxruntime 1.20.1" in text
    assert "unofficial build" in text
    assert all(command in text for command in digits_report.reproduce)
    assert "[−4.11, 5.90]" in text


HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}</style>&lt;\u202e\x1b[2J"
)


def _poison(value: Any) -> Any:
    """Replace every free text inside a record by a hostile one."""
    if isinstance(value, dict):
        return {key: _poison_field(key, item) for key, item in value.items()}
    return [_poison(item) for item in value] if isinstance(value, list) else value


def _poison_field(key: str, value: Any) -> Any:
    exact = {"id", "verdict", "audit", "sha256", "status", "severity", "format", "created"}
    if key in exact or key in ("nodes", "inputs", "bounds") or value is None:
        return value
    if key in ("assumptions", "axioms"):
        return value
    if key == "versions":
        return {HOSTILE + name: HOSTILE for name in value}
    if isinstance(value, str):
        return HOSTILE + value
    if key == "reproduce":
        return [HOSTILE + item for item in value]
    return _poison(value)


def test_hostile_content_stays_text(digits_report: m.Report) -> None:
    poisoned = _poison(msgspec.to_builtins(digits_report))
    for index, node in enumerate(poisoned["model"]["nodes"]):
        node["name"] = HOSTILE + str(index)
        node["op"] = HOSTILE
        node["inputs"] = [HOSTILE + str(index - 1)] if index else []
    source = render_html(msgspec.convert(poisoned, m.Report))
    page = Page(source)
    _assert_safe(page)
    clean = Page(render_html(digits_report))
    differing = {tag for tag, _ in page.tags} ^ {tag for tag, _ in clean.tags}
    assert not differing
    assert source.count("<img ") == render_html(digits_report).count("<img ")
    assert "\u202e" not in source
    assert "\x1b" not in source
    text = "".join(page.text)
    assert "<script>alert(1)</script>" in text
    assert "{{7*7}}" in text
    assert r"\u{202e}" in text


def test_endless_text_is_cut(make_plain: Make, make_report: Make) -> None:
    endless = "x" * 1_500_000
    report = make_report(make_plain(0, "rejected", endless, statement=endless))
    source = render_html(report)
    assert len(source) < 300_000
    assert "The rest of the statement stands in the Lean file." in source


@pytest.mark.parametrize("verdict", ["undecided", "error", "rejected", "checked", "claimed"])
def test_only_theorems_look_settled(make_plain: Make, make_report: Make, verdict: str) -> None:
    statement = "theorem wanted : True"
    report = make_report(make_plain(0, verdict, "because", statement=statement))
    source = render_html(report)
    page = Page(source.split('<section id="vocabulary"')[0] + "</main></body></html>")
    classes = page.attributes("class")
    assert f"verdict {verdict}" in classes
    assert not {"verdict proved", "verdict refuted"} & set(classes)
    assert "bar above" not in classes
    assert "bar open" in classes
    assert "Lean has not accepted this statement." in source
    assert "no theorem stands behind these numbers" in source


def test_bars_have_the_color_of_their_verdict(digits_report: m.Report) -> None:
    kinds = {
        view.claim.verdict: {view.bar_kind(bar) for bar in view.margins.bars if bar.positive}
        for view in claim_views(digits_report)
    }
    assert kinds[m.Verdict.PROVED] == {"above"}
    assert kinds[m.Verdict.REFUTED] == {"violated"}
    assert kinds[m.Verdict.UNDECIDED] == {"open"}


def test_long_names_break_between_their_words(make_proved: Make, make_report: Make) -> None:
    source = render_html(make_report(make_proved(theorem="Net.stays_within_0_02_holds")))
    assert "<code>Net.<wbr>stays_<wbr>within_<wbr>0_<wbr>02_<wbr>holds</code>" in source


def test_what_did_not_run_took_no_time(make_plain: Make, make_report: Make) -> None:
    took = "<dt>Time and memory</dt>"
    assert took in render_html(make_report(make_plain(0, "undecided", "why", seconds=1.0)))
    assert took not in render_html(make_report(make_plain(0, "undecided", "why", seconds=None)))


def test_solid_labels_are_theorems_only() -> None:
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", _CSS.read_text())
    solid = {s.strip() for s, body in rules if "background: var(--tone)" in body}
    assert solid == {".verdict.proved, .verdict.refuted"}


def test_margin_bars_meet_at_zero(digits_report: m.Report) -> None:
    for view in claim_views(digits_report):
        plot = view.margins
        assert plot is not None
        for bar in plot.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= 1000 + 1e-6
            edge = bar.x if bar.positive else bar.x + bar.width
            assert edge == pytest.approx(plot.zero)


def test_extreme_and_many_margins(make_plain: Make, make_report: Make) -> None:
    margins = [m.Margin(label=str(k), lower=(-1) ** k * 1.7e308) for k in range(100)]
    (view,) = claim_views(make_report(make_plain(0, "undecided", "because", margins=margins)))
    assert view.margins is not None
    assert len(view.margins.bars) == 40
    assert view.margins.omitted == 60
    zero = [m.Margin(label="0", lower=0.0)]
    (view,) = claim_views(make_report(make_plain(0, "undecided", "because", margins=zero)))
    assert view.margins is not None
    assert view.margins.bars[0].width == 0


def test_graph_shows_operators_shapes_and_bounds(resnet_report: m.Report) -> None:
    graph = graph_view(resnet_report.model)
    assert graph is not None
    by_name = {item.node.name: item for item in graph.nodes}
    conv = by_name["conv_2a"]
    assert (conv.op, conv.shape, conv.parameters) == ("Conv2d", "32 × 8 × 8", "4,640 params")
    assert by_name["relu_0"].bounds == "[0, 6.25]"
    assert len(graph.edges) == sum(len(node.inputs) for node in resnet_report.model.nodes)


def test_large_graphs_fall_back_to_the_table(make_proved: Make, make_report: Make) -> None:
    nodes = tuple(m.NodeSummary(name=f"n{k}", op="Relu", shape=(1,)) for k in range(301))
    base = make_report(make_proved())
    report = msgspec.structs.replace(base, model=msgspec.structs.replace(base.model, nodes=nodes))
    source = render_html(report)
    assert "too many to draw" in source
    assert 'class="graph' not in source


def _luminance(color: str) -> float:
    digits = color.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    channels = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_contrast(mode: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for every text color on every ground it stands on."""
    css = _CSS.read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[0 if mode == "light" else 1]))
    verdicts = [v.value for v in m.Verdict]
    for text in ("ink", "muted", "accent", "code-number", "code-type", *verdicts):
        for ground in ("paper", "raised", "sunken"):
            assert _contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
    for ground in ("caution-soft", "wrong-soft", "accent-soft"):
        assert _contrast(colors["ink"], colors[ground]) >= 4.5, ground
        assert _contrast(colors["muted"], colors[ground]) >= 4.5, ground
    for tone in ("proved", "refuted"):
        assert _contrast(colors["on-solid"], colors[tone]) >= 4.5, tone
