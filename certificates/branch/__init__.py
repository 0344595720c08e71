"""Branch and bound on top of linear bounds: decides what one pass leaves open.

Untrusted, as all floats are: leaves are handed over for an exact check.
"""

from certificates.branch.attack import Violation
from certificates.branch.branch import branch
from certificates.branch.files import load_tree, save_tree
from certificates.branch.plans import plan
from certificates.branch.proofs import Region, regions
from certificates.branch.search import Outcome, Progress
from certificates.branch.tree import Split, Tree

__all__ = [
    "Outcome",
    "Progress",
    "Region",
    "Split",
    "Tree",
    "Violation",
    "branch",
    "load_tree",
    "plan",
    "regions",
    "save_tree",
]
