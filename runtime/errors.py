"""The exceptions that every package raises, and what the command line makes of them."""

from __future__ import annotations

__all__ = ["InfrastructureError", "InputError", "LemmanetError", "UnsupportedError"]


class LemmanetError(Exception):
    """Base of all errors that Lemmanet raises on purpose; the message is one clear sentence."""


class InputError(LemmanetError):
    """A model, property, certificate or option that cannot be used (exit code 2)."""


class UnsupportedError(InputError):
    """An operator, attribute or data type that is refused by name, never approximated."""


class InfrastructureError(LemmanetError):
    """The tool cannot work here: no usable Lean, no network, a broken cache (exit code 3)."""
