"""The exact checker of certificates: integers only, independent of the producers."""

from certificates.checker.check import check

__all__ = ["check"]
