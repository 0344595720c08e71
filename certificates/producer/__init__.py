"""The producer of interval certificates in exact integers."""

from certificates.producer.produce import produce

__all__ = ["produce"]
