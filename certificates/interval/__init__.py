"""Interval bounds in float64 with outward rounding: fast, sound, a producer for everything else."""

from certificates.interval.bounds import bounds, outward

__all__ = ["bounds", "outward"]
