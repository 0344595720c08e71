"""VNN-LIB properties, versions 1.0 and 2.0, with every number exact.

A VNN-LIB file states a violation: an input X and an output Y with certain properties. The property
that a network should have is that no such X exists, so `safe` is the negation of what the file says
about Y, with one case for each box of inputs. Version 1.0 (the form of VNN-COMP up to 2024) is read
by a small reader of s-expressions; version 2.0 by the `vnnlib` package.

Accepted: conjunctions and disjunctions of linear comparisons, each about one input coordinate or
about outputs only, that give every input coordinate a lower and an upper bound. Anything else is
refused by name.

Source: VNN-LIB standard, https://www.vnnlib.org; SMT-LIB 2.6 for the syntax of version 1.0.
"""

from bridge.importers.vnnlib.importer import from_vnnlib

__all__ = ["from_vnnlib"]
