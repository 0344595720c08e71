"""Affine certificates as Lean modules."""

from bridge.export.affine.modules import affine_modules
from bridge.export.affine.support import missing

__all__ = ["affine_modules", "missing"]
