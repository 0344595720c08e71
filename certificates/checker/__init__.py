"""The exact checker of certificates, independent of the producers.

It computes in integers. Matrix products of affine certificates go through float64 on integers whose
partial sums are checked to stay within 2^53, where float64 is exact (`affine.wide`).
"""

from certificates.checker.check import check

__all__ = ["check"]
