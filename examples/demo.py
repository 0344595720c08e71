"""The demonstration: a network trained here, theorems about it, checked in Lean, and a report.

    python examples/demo.py [--out demo-output] [--provider official|registry]

Trains the 64-32-10 digits network, claims robustness of several test images at several radii, and
one claim that is false on purpose. Interval and linear bounds prove most, exact counterexamples
refute some, and what lies between stays undecided. What is proved is proved of every float32 run
too, and the table shows how much of the margin rounding can take. Exits with 0 when every claim
ended in a way that it can.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bridge.cli.errors import complain
from bridge.cli.progress import BuildProgress
from bridge.pipeline import Options, verify
from bridge.report.model import Claim, Report
from bridge.report.terminal import print_report
from bridge.report.verdicts import Verdict
from bridge.toolchain import Toolchain, select
from bridge.toolchain.manage import install
from certificates import Property, Robust
from runtime.capture import capture
from runtime.data import DigitsData
from runtime.digits import train_digits
from runtime.errors import InfrastructureError, LemmanetError
from runtime.graph import Graph
from runtime.training import accuracy

RADII = ("0.02", "0.05", "0.08")
IMAGES = 4
SEARCH_SECONDS = 3.0
MOST_OF_A_MARGIN = 0.01
"""Rounding in float32 takes less than this share of every margin here."""
OPEN_OR_SETTLED = frozenset({Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED})


@dataclass(frozen=True)
class Wish:
    """A property and the verdicts that it may end in."""

    prop: Property
    allowed: frozenset[Verdict]


def wishes(graph: Graph, data: DigitsData) -> list[Wish]:
    """Robustness of correctly answered test images of different digits, and one falsehood.

    At the smallest radius, inside of what the network was trained for, a proof is expected. At
    the others any honest end is: the bounds may be too coarse and no counterexample may be found.
    """
    found: list[Wish] = []
    seen: set[int] = set()
    for image, label in zip(data.test.inputs, data.test.labels, strict=True):
        digit = int(label)
        if digit in seen or int(graph.evaluate(image).argmax()) != digit:
            continue
        seen.add(digit)
        for eps in RADII:
            allowed = frozenset({Verdict.PROVED}) if eps == RADII[0] else OPEN_OR_SETTLED
            name = f"digit {digit} stays within {eps}"
            found.append(Wish(Robust(image, eps, label=digit, name=name), allowed))
        if len(seen) == IMAGES:
            wrong = (digit + 1) % 10
            name = f"digit {digit} is a {wrong} (false on purpose)"
            false = Robust(image, RADII[0], label=wrong, name=name)
            found.append(Wish(false, frozenset({Verdict.REFUTED})))
            return found
    return found


def surprises(report: Report, claims: list[Wish]) -> list[str]:
    """The claims that ended in a way that they must not."""
    ended = [
        f"{claim.title}: ended {claim.verdict.value}"
        for claim, wish in zip(report.claims, claims, strict=True)
        if claim.verdict not in wish.allowed
    ]
    proved = [claim for claim in report.claims if claim.verdict is Verdict.PROVED]
    return ended + [text for claim in proved if (text := float32_surprise(claim))]


def float32_surprise(claim: Claim) -> str | None:
    """What is wrong with what a proved claim says of float32 runs, if anything is."""
    runs = claim.float32
    if runs is None or runs.verdict is not Verdict.PROVED:
        return f"{claim.title}: is not proved of float32 runs"
    share = runs.worst_share()
    if share is None or share > MOST_OF_A_MARGIN:
        return f"{claim.title}: the float32 budget is more than a hundredth of a margin"
    return None


def main() -> int:
    """Run the demonstration; 0 when all went as it can, 1 for a surprise, 3 without a Lean."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("demo-output"))
    parser.add_argument("--provider", choices=("official", "registry"))
    options = parser.parse_args()
    try:
        return demonstrate(options.out, options.provider)
    except LemmanetError as error:
        complain(str(error))
        return 3 if isinstance(error, InfrastructureError) else 2


def _lean(provider: str | None, progress: BuildProgress) -> Toolchain:
    """A Lean to use; the registry's is installed where there is none at all."""
    try:
        return select(provider)
    except InfrastructureError:
        if provider == "official":
            raise
    return install("registry", lambda text, _: progress.step(f"installing Lean: {text}"))


def demonstrate(out: Path, provider: str | None) -> int:
    """Train, verify, show."""
    console = Console()
    with BuildProgress() as progress:
        lean = _lean(provider, progress)
        progress.step(f"using Lean {lean.version}: {lean.reason}")
        progress.step("training a 64-32-10 network on scikit-learn's digits")
        model, data = train_digits()
        graph = capture(model, (64,), name="digits")
        claims = wishes(graph, data)
        report = verify(
            graph,
            [wish.prop for wish in claims],
            out,
            Options(search_seconds=SEARCH_SECONDS),
            provider=lean.name,
            force=True,
            on_event=progress.event,
            on_step=progress.step,
        )
    console.print(f"The network answers {accuracy(model, data.test):.1%} of the test images right.")
    print_report(report, console, {"HTML": out / "report.html", "Lean": out})
    found = surprises(report, claims)
    for line in found:
        complain(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
