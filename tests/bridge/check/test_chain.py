"""Which modules a theorem stands on."""

from __future__ import annotations

from bridge.check.bundle import Bundle
from bridge.check.chain import module_chain


def test_imports_come_first_and_each_once() -> None:
    texts = {
        "T.A": "module\n\npublic import T.B\npublic import Lemmanet\npublic import T.C\n",
        "T.B": "module\n-- import T.E\npublic import T.D\n",
        "T.C": "module\npublic import T.D\npublic import T.B\n",
        "T.D": "module\n",
        "T.E": "module\nimport T.A\n",
    }
    assert module_chain(texts, "T.A") == ("T.D", "T.B", "T.C", "T.A")
    assert module_chain(texts, "T.D") == ("T.D",)
    assert module_chain(texts, "T.F") == ()


def test_a_circle_ends() -> None:
    texts = {"A": "import B", "B": "import A"}
    assert module_chain(texts, "A") == ("B", "A")


def test_a_theorem_stands_on_its_own_certificate_alone(bundle: Bundle) -> None:
    texts = bundle.modules()
    assert {"Tiny", "Tiny.Theorems", "Tiny.Theorems.Good", "Tiny.Certificate.Bad"} <= set(texts)
    for entry in bundle.manifest.claims:
        chain = module_chain(texts, entry.modules[0])
        assert chain[-1] == entry.modules[0]
        assert {"Tiny.Model", "Tiny.Property", "Tiny.Weights.Linear"} <= set(chain)
        certificates = {name for name in chain if name.startswith("Tiny.Certificate.")}
        assert certificates == set(entry.modules[1:])
        assert len(certificates) == 1
    assert set(module_chain(texts, "Tiny")) == set(texts)
