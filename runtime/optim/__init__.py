"""Optimizers in the manner of ``torch.optim``."""

from runtime.optim.adam import Adam, AdamW
from runtime.optim.optimizer import Optimizer
from runtime.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
