"""No two names of a project clash, whatever the nodes and properties are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import certificates
from bridge.check.architecture import compare_model
from bridge.check.lean_text import code_tokens
from bridge.check.scan import FORBIDDEN, NOT_EXPORTED, scan_exported
from bridge.export import Claim
from bridge.export.names import claim_id, module_root
from bridge.export.render import render
from bridge.export.reserved import KEYWORDS, RESERVED
from bridge.pipeline.ids import claim_ids
from certificates import OutputBox, Property, Robust
from runtime.errors import InputError
from runtime.graph import Affine, Graph, Input, Linear, Node, Provenance, Relu
from runtime.graph.names import NameTable, is_identifier

from ..graphs import every_operator

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_HOSTILE = [
    *("end", "end_", "end__", "at", "sorry", "axiom", "admit", "fun", "def", "model", "network"),
    *("step", "given", "join", "result", "last", "rfl", "true", "some", "relu_maps", "x", "y", "h"),
    *(
        "fc",
        "fc_weight",
        "fc_weight_",
        "fc_bias",
        "fc_weight_weight",
        "fc.weight",
        "fc_box",
        "fc_step",
        "f_c",
    ),
    *("a", "a_1", "a1", "a_case_0", "a_holds", "a_holds_rat", "a_center", "a_input", "a_safe"),
    *(
        "boxes",
        "point",
        "near",
        "input",
        "goal",
        "sat",
        "certificate",
        "theorems",
        "α",
        "fc.weight",
    ),
]
names = st.lists(st.sampled_from(_HOSTILE) | st.text(max_size=12), min_size=1, max_size=9)


def identifiers(texts: list[str]) -> list[str]:
    """Distinct names of nodes: as they stand where a graph allows it, or as importers do."""
    table, chosen = NameTable(), list[str]()
    for text in texts:
        name = text if is_identifier(text) and text not in chosen else table.take(text)
        chosen.append(name if name not in chosen else f"n{len(chosen)}")
    return list(dict.fromkeys(chosen))


def chain(nodes: list[str]) -> Graph:
    """Operators in turn on two numbers, under these names; the first is the input."""
    eye, zero = np.eye(2, dtype=np.float32), np.zeros(2, np.float32)
    ops = (Linear(eye, zero), Relu(), Affine(np.ones(2, np.float32), zero))
    made = [
        Node(name, ops[i % 3], (before,), (2,)) for i, (before, name) in enumerate(pairwise(nodes))
    ]
    return Graph("net", (Input(nodes[0], (2,)),), tuple(made), nodes[-1], Provenance("runtime"))


def holds(graph: Graph, claim: str, prop: Property) -> Claim:
    prop = prop.bind(graph)
    made = tuple(certificates.produce(graph, prop, case) for case in range(len(prop.cases)))
    return Claim(claim, prop, "holds", made).bound(graph)


def affine(graph: Graph, claim: str, prop: Property) -> Claim:
    """The same by linear bounds."""
    prop = prop.bind(graph)
    made = certificates.produce_affine(graph, prop, 0)
    assert isinstance(made, certificates.AffineCertificate)
    return Claim(claim, prop, "holds", (made,)).bound(graph)


def definitions(text: str) -> Iterator[str]:
    """The full names of what a file defines."""
    words = [token.text for token in code_tokens(text)]
    space = ""
    for word, following in pairwise(words):
        if word == "namespace":
            space = following
        elif word in ("def", "theorem"):
            yield f"{space}.{following}"


def lean_files(files: Mapping[str, str]) -> dict[str, str]:
    """The modules: what Challenge.lean states once more has a namespace of its own."""
    return {path: text for path, text in files.items() if path != "Audit.lean"}


@settings(max_examples=40)
@given(names, names)
def test_no_two_names_clash(nodes: list[str], titles: list[str]) -> None:
    graph = chain(identifiers(nodes))
    props: list[Property] = [
        OutputBox([0, 0], [1, 1], [-9, -9], [9, 9], name=title)
        for title in titles
        if title.isprintable() and title.strip()
    ]
    claims = [
        (affine if len(props) % 2 else holds)(graph, claim, prop)
        for claim, prop in zip(claim_ids(props), props, strict=True)
    ]
    files = render(graph, claims, module_root("net")).files

    assert len({path.lower() for path in files}) == len(files)
    defined = [name for text in lean_files(files).values() for name in definitions(text)]
    assert [name for name, count in Counter(defined).items() if count > 1] == []
    for name in defined:
        assert all(_IDENTIFIER.fullmatch(part) and part not in KEYWORDS for part in name.split("."))

    model = files["Net/Model.lean"]
    variables = re.findall(r"fun (\S+) =>", model)
    assert len(variables) == len(set(variables)) == len(graph.nodes) + 1
    assert all(_IDENTIFIER.fullmatch(name) for name in variables)
    assert RESERVED.isdisjoint(variables)
    assert {f"Net.{name}" for name in variables}.isdisjoint(
        name for path, text in files.items() if "/Weights/" in path for name in definitions(text)
    )
    assert compare_model(model, graph) == []
    modules = {path: text for path, text in files.items() if path.startswith("Net")}
    assert scan_exported(modules, ["Lemmanet", "Net"]) == []


def test_words_that_the_scan_refuses_are_reserved() -> None:
    words = {word for word in {**FORBIDDEN, **NOT_EXPORTED} if is_identifier(word)}
    assert words - RESERVED == set()


def test_cases_have_names_that_no_claim_can_take() -> None:
    graph = chain(["x", "fc"])
    cases = tuple(OutputBox([0, 0], [n, n], [-9, -9], [9, 9]).cases[0] for n in (1, 2))
    claim = holds(graph, "a", Property("a", "linear", given=cases))
    files = render(graph, [claim], "Net").files
    assert {"Net/Certificate/ACase0.lean", "Net/Certificate/ACase1.lean"} <= set(files)
    assert claim_ids([OutputBox([0], [1], [0], [1], name="a case 0")]) == ["a_case_0_claim"]


# What is not looked up as a name: attributes, tactics and their options, and variables.
_NOT_NAMES = frozenset(["expose", "decide", "kernel", "x", "y", "h", "_"])


def test_claims_cannot_hide_what_exported_files_take_from_the_library() -> None:
    """Every word that is looked up and not defined by the project is reserved, or ends so."""
    bent = chain(["x", "relu_1", "fc", "relu_2", "last_fc"])
    box = OutputBox([0, 0], [1, 1], [-9, -9], [9, 9])
    texts = lean_files(render(bent, [affine(bent, "affine", box)], "Bent").files)
    assert "Trace.Bounds" in texts["Bent/Certificate/Affine.lean"]
    look_up(texts, "Bent")

    graph = every_operator()
    size = int(np.prod(graph.inputs[0].shape))
    center = [0] * size
    wide = OutputBox(center, [1] * size, [-(10**9)] * 3, [10**9] * 3)
    robust = Robust(center, 0, label=0, clip=None).bind(graph)
    point = robust.cases[0].box.lo
    label = int(graph.evaluate(np.zeros(graph.inputs[0].shape, np.float32)).argmax())
    violated = Robust(center, 0, label=(label + 1) % 3, clip=None).bind(graph)
    made = certificates.produce(graph, violated, 0, claim="violated", point=point)
    claims = [
        holds(graph, "wide", wide),
        Claim("point", violated, "violated", (made,)).bound(graph),
    ]
    texts = lean_files(render(graph, claims, "Net").files)
    assert "relu_maps" in "".join(texts.values())
    look_up(texts, "Net")


def look_up(files: Mapping[str, str], root: str) -> None:
    """Fail at a word that is looked up, that the project does not define, and a claim can be."""
    known = {name.rpartition(".")[2] for text in files.values() for name in definitions(text)}
    known |= {*re.findall(r"fun (\S+) =>", files[f"{root}/Model.lean"]), *_NOT_NAMES}
    for path, text in files.items():
        words = [token.text for token in code_tokens(text)]
        for before, word, *after in zip(words, words[1:], words[2:], words[3:], strict=False):
            first = word.partition(".")[0]
            # What follows a dot is looked up in a type, and `NAME := …` gives a field or argument.
            free = before != "." and after != [":", "="]
            if free and re.fullmatch(r"[a-z][a-z0-9_]*", first) and first not in known:
                assert refused(first), f"{first} in {path}"


def refused(word: str) -> bool:
    try:
        claim_id(word)
    except InputError:
        return True
    return False
