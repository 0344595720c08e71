"""Search for counterexamples, exactly verified.

Rounds of projected gradient descent from many starts, with kinks softened by different amounts,
and climbers where the input has few dimensions. All of it runs in float32 on binary32 points of
the box and is trusted in nothing: a point counts after exact evaluation only. The same seed
searches the same points in the same order; the time budget only says how far.
"""

from certificates.search.attack import Counterexample, find_counterexample

__all__ = ["Counterexample", "find_counterexample"]
