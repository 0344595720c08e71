"""Tensors, differentiation, layers, training, and the graph IR that everything else reads.

Import from the modules: ``runtime.tensor``, ``runtime.autograd``, ``runtime.nn``,
``runtime.optim``, ``runtime.data``, ``runtime.training``, ``runtime.capture``, ``runtime.graph``.
This package imports none of them itself, so that reading a graph does not load a trainer.
"""
