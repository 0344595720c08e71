"""The exact checker of affine certificates, `lemmanet.certificate/2`."""

from certificates.checker.affine.certificate import check_affine

__all__ = ["check_affine"]
