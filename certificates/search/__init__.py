"""Search for counterexamples, exactly verified."""

from certificates.search.attack import Counterexample, find_counterexample

__all__ = ["Counterexample", "find_counterexample"]
