"""The documents as text: links, what must not stand in them, decisions, generated parts."""

from __future__ import annotations

import re

import pytest

from bridge import trust
from runtime.errors import InputError

_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_FORBIDDEN = re.compile(
    r"(?<![\w.])/(?:work|root|tmp|home|Users)/|\b[A-Z]:\\"  # paths of some machine
    r"|https?://|\bregistry\.npmjs\b|\bpypi\.org\b|pythonhosted|\blocalhost\b"  # hosts
    r"|\bTODO\b|\bFIXME\b"
)
_SECTIONS = ["## Context", "## Decision", "## Consequences"]


def test_links_resolve(document):
    for match in _LINK.finditer(document.prose):
        path, _, anchor = match["target"].partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        assert target.exists(), f"{document.name} links to {match['target']}"
        if anchor:
            assert anchor in _anchors(target.read_text(encoding="utf-8"))


def _anchors(text):
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_nothing_of_a_machine_is_in_it(document):
    found = _FORBIDDEN.search(document.text)
    assert found is None, f"{document.name}: {found.group()!r}"


def test_lines_fit_a_screen(document):
    for number, line in enumerate(document.text.splitlines(), 1):
        if not line.startswith(("|", "/--")):
            assert len(line) <= 110, f"{document.name}, line {number}"


def test_every_document_can_be_reached_from_the_readme(docs, root):
    reached, pending = set(), ["README.md"]
    while pending:
        name = pending.pop()
        if name in reached:
            continue
        reached.add(name)
        for match in _LINK.finditer(docs[name].prose):
            target = (docs[name].path.parent / match["target"].partition("#")[0]).resolve()
            if target.is_dir():
                pending += [p.relative_to(root).as_posix() for p in target.glob("*.md")]
            elif target.suffix == ".md":
                pending.append(target.relative_to(root).as_posix())
    assert reached == set(docs)


def test_decisions_have_their_form(docs):
    decisions = [d for name, d in docs.items() if name.startswith("docs/decisions/")]
    assert decisions
    numbers = []
    for decision in decisions:
        number = decision.path.name[:4]
        numbers.append(number)
        assert decision.text.startswith(f"# {number}. "), decision.name
        headings = re.findall(r"^## .*$", decision.text, re.MULTILINE)
        assert headings == _SECTIONS, decision.name
        for text in re.split(r"^## .*$", decision.text, flags=re.MULTILINE)[1:]:
            assert len(text.split()) > 15, f"{decision.name}: a section says nothing"
    assert len(set(numbers)) == len(numbers)


def test_trust_is_current(docs):
    text = docs["docs/TRUST.md"].text
    assert trust.fill(text) == text, "run: python -m bridge.trust docs/TRUST.md"


@pytest.mark.parametrize(
    "line",
    [
        r"^- `propext`\n",
        r"^\| `sorry`.*\n",
        r"^\| `real-arithmetic` .*\n",
        r"^\| `undecided` .*\n",
        r"^\| `source-scan` .*\n",
    ],
)
def test_a_line_that_is_missing_from_trust_is_seen(docs, line):
    text = docs["docs/TRUST.md"].text
    changed, count = re.subn(line, "", text, flags=re.MULTILINE)
    assert count == 1
    assert trust.fill(changed) == text


def test_trust_needs_every_part_once(docs):
    text = docs["docs/TRUST.md"].text
    with pytest.raises(InputError, match="'axioms' stands 0 times"):
        trust.fill(text.replace("<!-- generated: axioms -->", ""))
    with pytest.raises(InputError, match="'axioms' stands 2 times"):
        trust.fill(text + "\n<!-- generated: axioms -->\n<!-- end -->\n")
    with pytest.raises(InputError, match="'others' is not known"):
        trust.fill(text.replace("generated: axioms", "generated: others"))


def test_trust_is_written_in_place(docs, tmp_path):
    copy = tmp_path / "TRUST.md"
    copy.write_text(re.sub(r"^- `propext`\n", "", docs["docs/TRUST.md"].text, flags=re.MULTILINE))
    assert copy.read_text() != docs["docs/TRUST.md"].text
    trust.main([str(copy)])
    assert copy.read_text() == docs["docs/TRUST.md"].text
