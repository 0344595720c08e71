"""Our training step against PyTorch eager's, on the CPU, for a 784-256-256-10 ReLU network.

One step is: forget gradients, forward, cross entropy, backward, Adam. Both sides start from the
same parameters, see the same batches and may use the same number of threads. They run in turn, in
many short rounds, so that whatever else the machine does slows both. The figure is the ratio of
the median step times, with one thread and with all; the target is at most 1.5.

    python benchmarks/training_step.py [--batch 128] [--rounds 15]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from runtime import nn, optim
from runtime.autograd import cross_entropy
from runtime.tensor import Tensor

SIZES = (784, 256, 256, 10)
RESULT = Path(__file__).parent / "results" / "training_step.json"
TARGET = 1.5
STEPS_PER_ROUND = 20
Step = Callable[[int], float]


def our_network() -> nn.Sequential:
    """The network with our layers."""
    random = np.random.default_rng(0)
    layers: list[nn.Module] = []
    for width, following in pairwise(SIZES):
        layers += [nn.Linear(width, following, seed=random), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def their_network() -> torch.nn.Sequential:
    """The same network with PyTorch's layers."""
    layers: list[torch.nn.Module] = []
    for width, following in pairwise(SIZES):
        layers += [torch.nn.Linear(width, following), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def make_steps(batch: int) -> tuple[Step, Step]:
    """(our step, their step): each takes the number of the batch and returns the loss."""
    random = np.random.default_rng(1)
    inputs = random.uniform(0, 1, (8, batch, SIZES[0])).astype(np.float32)
    labels = random.integers(0, SIZES[-1], (8, batch))
    ours, theirs = our_network(), their_network()
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.state_dict().items()})
    our_adam = optim.Adam(ours.parameters())
    their_adam = torch.optim.Adam(theirs.parameters())
    their_loss = torch.nn.CrossEntropyLoss()
    their_inputs, their_labels = torch.from_numpy(inputs), torch.from_numpy(labels)

    def our_step(k: int) -> float:
        our_adam.zero_grad()
        loss = cross_entropy(ours(Tensor(inputs[k % 8])), labels[k % 8])
        loss.backward()
        our_adam.step()
        return loss.item()

    def their_step(k: int) -> float:
        their_adam.zero_grad()
        loss = their_loss(theirs(their_inputs[k % 8]), their_labels[k % 8])
        loss.backward()
        their_adam.step()
        return float(loss.item())

    return our_step, their_step


def measure(batch: int, rounds: int, threads: int) -> dict[str, float]:
    """Seconds a step, median and least over rounds, and how far the losses of round 0 differ."""
    torch.set_num_threads(threads)
    steps = make_steps(batch)
    seconds: tuple[list[float], list[float]] = ([], [])
    warm_up: list[list[float]] = []
    with threadpool_limits(threads):
        for number in range(rounds + 1):  # the first round warms up and is not counted
            for side, step in enumerate(steps):
                start = perf_counter()
                losses = [step(number * STEPS_PER_ROUND + k) for k in range(STEPS_PER_ROUND)]
                if number:
                    seconds[side].append((perf_counter() - start) / STEPS_PER_ROUND)
                else:
                    warm_up.append(losses)
    ours, theirs = (statistics.median(side) for side in seconds)
    return {
        "threads": threads,
        "our_step_seconds": ours,
        "our_least_seconds": min(seconds[0]),
        "pytorch_step_seconds": theirs,
        "pytorch_least_seconds": min(seconds[1]),
        "ratio": ours / theirs,
        "ratio_of_least": min(seconds[0]) / min(seconds[1]),
        "largest_loss_difference": float(np.abs(np.subtract(*warm_up)).max()),
    }


def main() -> None:
    """Measures, prints, and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    cpus = len(os.sched_getaffinity(0))
    runs = [measure(options.batch, options.rounds, threads) for threads in sorted({1, cpus})]
    for run in runs:
        print(
            f"784-256-256-10, batch {options.batch}, Adam, {run['threads']} thread(s): "
            f"ours {run['our_step_seconds'] * 1e3:.2f} ms, "
            f"PyTorch {run['pytorch_step_seconds'] * 1e3:.2f} ms, "
            f"ratio {run['ratio']:.2f} (of the least times {run['ratio_of_least']:.2f}, "
            f"target at most {TARGET}), losses differ by {run['largest_loss_difference']:.0e}"
        )
    result = {
        "network": list(SIZES),
        "batch": options.batch,
        "rounds": options.rounds,
        "steps_per_round": STEPS_PER_ROUND,
        "target_ratio": TARGET,
        "runs": runs,
        "load_average": os.getloadavg()[0],
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
