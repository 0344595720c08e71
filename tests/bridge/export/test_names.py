"""Names and comments in exported Lean cannot be taken over by a model."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.export.environment import doc_text
from bridge.export.names import binder, camel, claim_id, module_names, module_root
from runtime.errors import InputError


@given(st.text(max_size=200))
def test_module_roots_are_identifiers(name: str) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", module_root(name))


@pytest.mark.parametrize("name", ["lemmanet", "Lean", "init", "audit", "std", "challenge"])
def test_module_roots_do_not_shadow_libraries(name: str) -> None:
    assert module_root(name) == f"{camel(name)}Model"


@pytest.mark.parametrize("name", ["end", "at", "network", "model", "fun", "step", "sorry_"])
def test_binders_avoid_keywords(name: str) -> None:
    assert binder(name) == (name if name == "sorry_" else f"{name}_")


@given(st.text(max_size=300))
def test_documentation_stays_inside_its_comment(text: str) -> None:
    safe = doc_text(text)
    assert "-/" not in safe
    assert "/-" not in safe
    assert safe.isprintable()


@pytest.mark.parametrize("text", ["", "1a", "A", "a b", "a.b", "end", "a" * 61, "ä"])
def test_bad_claim_ids_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="claim id"):
        claim_id(text)


def test_module_names_differ_even_but_for_case() -> None:
    names = ["fc1", "fc_1", "fc__1", "a_b", "ab", "end"]
    found = module_names(names)
    assert list(found) == names
    assert len({name.lower() for name in found.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) for name in found.values())
