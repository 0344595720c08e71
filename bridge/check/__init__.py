"""Checking exported projects: integrity, binding, the exact checker, Lean, the audit, verdicts."""

from bridge.check.project import check_project

__all__ = ["check_project"]
