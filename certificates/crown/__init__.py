"""Linear bounds pushed backwards (CROWN), with optimized slopes (α) and multipliers (β).

Fast, in floats and therefore trusted in nothing: what it hands over is checked exactly.
"""

from certificates.crown.bounding import Relaxation
from certificates.crown.bounds import Bounds, Crown, crown
from certificates.crown.program import Program
from certificates.crown.slopes import Descent

__all__ = ["Bounds", "Crown", "Descent", "Program", "Relaxation", "crown"]
