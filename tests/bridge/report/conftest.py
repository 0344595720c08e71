"""Realistic reports: ten claims of mixed verdicts about a digits network, and a residual one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from bridge.report import model as m

COMMIT = "3fc2e1a9b1a44a1d0e5c8b9f2f3b4d5e6f708192"
STATEMENT = """/-- Every image within 1/50 (maximum norm) of test image {i} is a {label}. -/
theorem Digits.image{i}_robust :
    ∀ x : Tensor ℚ [64], x ∈ Box.ball center{i} (1/50) →
      ∀ j : Fin 10, j ≠ {label} →
        (denote Digits.model x) j < (denote Digits.model x) {label} := by
  exact Sound.margins (check := by decide +kernel)
"""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digit_image(seed: int) -> tuple[float, ...]:
    y, x = np.mgrid[0:8, 0:8] - 3.5
    radius = np.hypot(x, y * (0.7 + 0.05 * seed))
    ring = np.exp(-((radius - 2.4) ** 2)) * (1 + 0.4 * np.sin(seed + np.arctan2(y, x)))
    return tuple(float(v) for v in np.round(np.clip(ring, 0, 1) * 16).ravel() / 16)


def margins(seed: int, label: int, low: float) -> tuple[m.Margin, ...]:
    rng = np.random.default_rng(seed)
    values = low + np.concatenate([[0.0], rng.uniform(0.3, 9, 8)])
    labels = [j for j in range(10) if j != label]
    return tuple(
        m.Margin(label=str(j), lower=float(v))
        for j, v in zip(labels, rng.permutation(values), strict=True)
    )


def files(i: int, seed: int, last: m.FileStatus = m.FileStatus.BUILT) -> tuple[m.FileResult, ...]:
    rng = np.random.default_rng(seed)
    names = ["Weights/Layer1", "Weights/Layer2", "Model", "Property", "Certificate/Layer1"]
    rows = [
        m.FileResult(
            path=f"Digits/{name}.lean",
            status=m.FileStatus.CACHED if i and k < 3 else m.FileStatus.BUILT,
            seconds=None if i and k < 3 else float(rng.uniform(2.2, 6.0)),
            peak_memory_bytes=None if i and k < 3 else int(rng.uniform(0.9e9, 1.3e9)),
        )
        for k, name in enumerate(names)
    ]
    done = last is m.FileStatus.BUILT
    rows.append(
        m.FileResult(
            path=f"Digits/Theorems/Image{i}.lean",
            status=last,
            seconds=float(rng.uniform(2.2, 4.0)) if done else 60.0,
            peak_memory_bytes=int(1.06e9),
        )
    )
    return tuple(rows)


REGISTRY = m.ToolchainInfo(provider="registry", version="4.28.0-pre", commit=COMMIT, official=False)
OFFICIAL = m.ToolchainInfo(provider="official", version="4.35.0", commit=COMMIT, official=True)
MODEL_HASH = digest("digits model")


def proved(i: int = 0, label: int = 3, low: float = 0.41, **changes: Any) -> m.Claim:
    """A proved robustness claim; `changes` replace fields before the constructor runs."""
    values: dict[str, Any] = {
        "id": f"image-{i}",
        "title": f"Test image {i} stays a {label}",
        "property": m.PropertySummary(
            kind="robust",
            text=f"Every input within 0.02 (maximum norm) of test image {i}, clipped to [0, 1], "
            f"is classified as {label}.",
            box=m.InputBox(
                size=64, free=64, lo=0.0, hi=1.0, mean_width=0.0331, center=digit_image(i)
            ),
        ),
        "verdict": m.Verdict.PROVED,
        "statement": STATEMENT.format(i=i, label=label),
        "theorem": f"Digits.image{i}_robust",
        "file": f"Digits/Theorems/Image{i}.lean",
        "toolchain": REGISTRY,
        "audit": m.AuditKind.SOURCE_SCAN,
        "seconds": 14.2 + i,
        "peak_memory_bytes": 1_180_000_000,
        "sha256": m.Hashes(
            model=MODEL_HASH, property=digest(f"property {i}"), sources=digest(f"sources {i}")
        ),
        "assumptions": (
            "lean-kernel",
            "unofficial-lean",
            "source-scan-audit",
            "real-arithmetic",
            "model-import",
            "weights-binding",
        ),
        "margins": margins(i, label, low),
        "files": files(i, i),
        "bounds": (
            node_bounds("x", 0.0, 1.0, 0.033),
            node_bounds("linear_1", -4.113, 5.902, 0.871),
            node_bounds("relu_1", 0.0, 5.902, 0.402),
        ),
    }
    return m.Claim(**(values | changes))


def node_bounds(node: str, lo: float, hi: float, width: float) -> m.NodeBounds:
    return m.NodeBounds(node=node, bounds=m.Bounds(lo=lo, hi=hi, mean_width=width))


def without_theorem(i: int, verdict: m.Verdict, message: str, **changes: Any) -> m.Claim:
    """A claim that did not end in a theorem."""
    values = {
        "verdict": verdict,
        "message": message,
        "toolchain": None,
        "audit": None,
        "theorem": None,
        "file": None,
        "statement": None,
        "files": (),
        "seconds": 0.31,
        "peak_memory_bytes": 210_000_000,
        "assumptions": ("python-checker",),
    }
    return proved(i, **(values | changes))


def mixed_claims() -> tuple[m.Claim, ...]:
    rejected_file = m.FileResult(
        path="Digits/Theorems/Image7.lean",
        status=m.FileStatus.FAILED,
        seconds=3.4,
        peak_memory_bytes=1_020_000_000,
        diagnostics=(
            m.Diagnostic(
                severity=m.Severity.ERROR,
                line=14,
                column=2,
                text="Tactic `decide` proved that the proposition\n"
                "  Exec.marginsPositive cert7 = true\nis false",
            ),
        ),
    )
    return (
        proved(0, 3, 0.4127),
        proved(1, 8, 1.902),
        proved(2, 1, 0.0731),
        proved(
            3,
            5,
            -2.31,
            verdict=m.Verdict.REFUTED,
            title="Test image 3 stays a 5 within 0.25",
            statement="theorem Digits.image3_violated :\n"
            "    ∃ x : Tensor ℚ [64], x ∈ Box.ball center3 (1/4) ∧\n"
            "      ¬ (∀ j : Fin 10, j ≠ 5 → (denote Digits.model x) j < "
            "(denote Digits.model x) 5) := by\n  exact ⟨witness3, by decide +kernel⟩\n",
            theorem="Digits.image3_violated",
            counterexample=m.Counterexample(
                input=tuple(
                    min(1.0, max(0.0, v + (0.25 if k % 3 else -0.25)))
                    for k, v in enumerate(digit_image(3))
                ),
                output=tuple(float(v) for v in np.linspace(-4.2, 5.1, 10)),
            ),
        ),
        proved(4, 0, 3.33),
        without_theorem(
            5,
            m.Verdict.UNDECIDED,
            "Interval bounds leave 3 of 9 margins at or below zero at radius 0.08; no "
            "counterexample was found in 20,000 trials.",
            margins=margins(5, 3, -1.72),
            title="Test image 5 stays a 3 within 0.08",
        ),
        proved(
            6,
            9,
            0.8,
            verdict=m.Verdict.UNDECIDED,
            message="Digits/Theorems/Image6.lean ran out of time (60 s).",
            files=files(6, 6, m.FileStatus.TIMEOUT),
            audit=None,
        ),
        proved(
            7,
            2,
            0.2,
            verdict=m.Verdict.REJECTED,
            message="Lean rejected Digits/Theorems/Image7.lean at line 14.",
            files=(*files(7, 7)[:-1], rejected_file),
            audit=None,
        ),
        without_theorem(8, m.Verdict.CHECKED, ""),
        without_theorem(
            9, m.Verdict.CLAIMED, "Reported by an external verifier.", assumptions=(), seconds=None
        ),
    )


def node(name: str, op: str, shape: tuple[int, ...], *inputs: str, **extra: Any) -> m.NodeSummary:
    lo, hi, width = extra.pop("bounds", (-3.91, 6.25, 0.84))
    bounds = m.Bounds(lo=lo, hi=hi, mean_width=width)
    return m.NodeSummary(name=name, op=op, shape=shape, inputs=inputs, bounds=bounds, **extra)


def digits_model() -> m.ModelSummary:
    return m.ModelSummary(
        name="digits",
        source=m.Source(kind="onnx", name="digits.onnx", sha256=digest("digits file")),
        parameters=2410,
        input_shape=(64,),
        output_shape=(10,),
        sha256=MODEL_HASH,
        importer_check=m.ImporterCheck(
            runtime="onnxruntime 1.20.1", runs=100, max_difference=9.54e-7
        ),
        nodes=(
            node("x", "Input", (64,), bounds=(0.0, 1.0, 0.033)),
            node("linear_1", "Linear", (32,), "x", parameters=2080, bounds=(-4.113, 5.902, 0.871)),
            node("relu_1", "Relu", (32,), "linear_1", bounds=(0.0, 5.902, 0.402)),
            node("linear_2", "Linear", (10,), "relu_1", parameters=330, bounds=(-14.2, 11.4, 4.1)),
        ),
    )


def resnet_model(blocks: int = 4) -> m.ModelSummary:
    """A residual network with projections in every second skip, like the CIFAR-10 ones."""
    nodes = [
        node("x", "Input", (3, 32, 32), bounds=(-2.1, 2.2, 0.016)),
        node("conv_0", "Conv2d", (16, 16, 16), "x", parameters=448),
        node("relu_0", "Relu", (16, 16, 16), "conv_0", bounds=(0.0, 6.25, 0.51)),
    ]
    last, channels, side = "relu_0", 16, 16
    for b in range(1, blocks + 1):
        shortcut = last
        if b % 2 == 0:
            channels, side = channels * 2, side // 2
            shape = (channels, side, side)
            nodes.append(node(f"conv_{b}s", "Conv2d", shape, last, parameters=544))
            shortcut = f"conv_{b}s"
        shape = (channels, side, side)
        nodes += [
            node(f"conv_{b}a", "Conv2d", shape, last, parameters=4640),
            node(f"relu_{b}a", "Relu", shape, f"conv_{b}a", bounds=(0.0, 9.1, 1.51)),
            node(f"conv_{b}b", "Conv2d", shape, f"relu_{b}a", parameters=9248),
            node(f"add_{b}", "Add", shape, f"conv_{b}b", shortcut),
            node(f"relu_{b}", "Relu", shape, f"add_{b}", bounds=(0.0, 12.8, 2.02)),
        ]
        last = f"relu_{b}"
    size = channels * side * side
    nodes += [
        node("flatten", "Flatten", (size,), last),
        node("linear_1", "Linear", (100,), "flatten", parameters=size * 100 + 100),
        node("relu_f", "Relu", (100,), "linear_1"),
        node("linear_2", "Linear", (10,), "relu_f", parameters=1010),
    ]
    return m.ModelSummary(
        name="resnet_2b",
        source=m.Source(kind="onnx", name="resnet_2b.onnx", sha256=digest("resnet file")),
        parameters=sum(n.parameters for n in nodes),
        input_shape=(3, 32, 32),
        output_shape=(10,),
        sha256=MODEL_HASH,
        nodes=tuple(nodes),
    )


def report_of(*claims: m.Claim, model: m.ModelSummary | None = None, **changes: Any) -> m.Report:
    values: dict[str, Any] = {
        "title": "Robustness of a digits classifier",
        "created": datetime(2026, 1, 14, 9, 30, tzinfo=UTC),
        "model": model or digits_model(),
        "claims": claims,
        "reproduce": (
            "lemmanet verify digits.onnx --property image-0.json --out proof",
            "cd proof && lake build && lake env lean Audit.lean",
        ),
        "versions": {"lemmanet": "0.1.0", "python": "3.11.7", "numpy": "2.4.6"},
    }
    return m.Report(**(values | changes))


@pytest.fixture
def make_proved() -> Callable[..., m.Claim]:
    return proved


@pytest.fixture
def make_plain() -> Callable[..., m.Claim]:
    return without_theorem


@pytest.fixture
def make_report() -> Callable[..., m.Report]:
    return report_of


@pytest.fixture
def digits_report() -> m.Report:
    return report_of(*mixed_claims())


@pytest.fixture
def resnet_report() -> m.Report:
    return report_of(proved(0), model=resnet_model(), title="A residual network")
