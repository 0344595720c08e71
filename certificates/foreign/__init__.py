"""Evidence from other tools, none of it trusted: it is derived again and checked exactly.

What a tool wrote is a claim or a hint. `read_artifact` reads it from JSON, text or NumPy's archives
without pickled objects; `examine` derives each claim again for the network at hand, has the exact
checker check the certificate, and says of what is not implied where that shows first.
"""

from certificates.foreign.artifacts import (
    Artifact,
    BoxClaim,
    Examination,
    Finding,
    LeafDump,
    MarginReport,
    ResultFile,
)
from certificates.foreign.examine import examine
from certificates.foreign.reading import read_artifact, read_examples

__all__ = [
    "Artifact",
    "BoxClaim",
    "Examination",
    "Finding",
    "LeafDump",
    "MarginReport",
    "ResultFile",
    "examine",
    "read_artifact",
    "read_examples",
]
