"""Names and comments in exported Lean cannot be taken over by a model."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.export.environment import doc_text
from bridge.export.names import camel, claim_id, module_names, module_root, variable_names
from runtime.errors import InputError


@given(st.text(max_size=200))
def test_module_roots_are_identifiers(name: str) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", module_root(name))


@pytest.mark.parametrize(
    "name", ["lemmanet", "Lean", "init", "audit", "std", "challenge", "type", "list", "end", "LIST"]
)
def test_module_roots_do_not_shadow_libraries(name: str) -> None:
    assert module_root(name) == f"{camel(name)}Model"


def test_variables_keep_their_names_where_they_can() -> None:
    names = ["x", "end", "end_", "fc", "fc_weight", "fc_weight_", "sorry", "step", "input"]
    assert variable_names(names) == {
        "x": "x",
        "end": "end__",
        "end_": "end_",
        "fc": "fc",
        "fc_weight": "fc_weight__",
        "fc_weight_": "fc_weight_",
        "sorry": "sorry_",
        "step": "step_",
        "input": "input",
    }


@given(st.text(max_size=300))
def test_documentation_stays_inside_its_comment(text: str) -> None:
    safe = doc_text(text)
    assert "-/" not in safe
    assert "/-" not in safe
    assert safe.isprintable()


@pytest.mark.parametrize("text", ["", "1a", "A", "a b", "a.b", "end", "sorry", "a" * 61, "ä"])
def test_bad_claim_ids_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="claim id"):
        claim_id(text)


@pytest.mark.parametrize(
    "text", ["fc_weight", "fc_bias", "a_center", "a_holds", "a_holds_rat", "a_case_10", "relu_maps"]
)
def test_claim_ids_keep_away_from_other_names(text: str) -> None:
    with pytest.raises(InputError, match="ends in"):
        claim_id(text)


def test_module_names_differ_even_but_for_case() -> None:
    names = ["fc1", "fc_1", "fc__1", "a_b", "ab", "end"]
    found = module_names(names)
    assert list(found) == names
    assert len({name.lower() for name in found.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) for name in found.values())
