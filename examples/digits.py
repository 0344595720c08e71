"""Train the demonstration network on digits and say at which radii interval bounds hold.

    python examples/digits.py [--seed 0] [--out digits.safetensors]

Prints the test accuracy and, for several radii, the share of test images whose label interval
bounds predict to be provable against every perturbation of at most that radius per pixel.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from runtime.digits import train_digits
from runtime.robust import interval_margins
from runtime.training import accuracy

RADII = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08)


def main() -> None:
    """Trains, prints the figures, and saves the parameters where asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where to write the parameters (safetensors)")
    options = parser.parse_args()
    model, data = train_digits(options.seed)
    print(f"test accuracy {accuracy(model, data.test):.1%} on {len(data.test)} images")
    for eps in RADII:
        margins = interval_margins(model, data.test.inputs, data.test.labels, eps)
        print(f"radius {eps:<6} interval bounds hold for {(margins > 0).mean():6.1%}")
    if options.out is not None:
        model.save(options.out)


if __name__ == "__main__":
    main()
