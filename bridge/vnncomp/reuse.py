"""What an earlier run has finished, and need not be done again."""

from __future__ import annotations

from bridge.export.manifest import MANIFEST
from bridge.report.verdicts import Verdict
from bridge.vnncomp.options import Options
from bridge.vnncomp.records import InstanceRecord, Key, Result
from bridge.vnncomp.store import Store

__all__ = ["reusable", "reusable_proof"]


def reusable(record: InstanceRecord | None, key: Key, store: Store, *, retry: bool) -> bool:
    """Whether a finding still stands under `key`.

    Files, version and code must be the same. What is decided stands also under another limit that
    it keeps; what is open stands under limits that are no larger, unless `retry`. Errors never
    stand.
    """
    if record is None or record.finding.verdict is Verdict.ERROR or not _same(record.key, key):
        return False
    finding = record.finding
    if finding.result.decided:
        needed = finding.cases if finding.result is Result.UNSAT else 1
        present = len(store.certificate_files(record.id)) == needed
        if finding.result is Result.SAT:
            present = present and store.counterexample(record.id).is_file()
        return present and finding.seconds <= key.timeout
    within = key.timeout <= record.key.timeout and key.memory <= record.key.memory
    return finding.fault == "unsupported" or (within and not retry)


def _same(old: Key, new: Key) -> bool:
    fields = ("onnx_sha256", "vnnlib_sha256", "version", "code_sha256")
    return all(getattr(old, name) == getattr(new, name) for name in fields)


def reusable_proof(
    record: InstanceRecord, options: Options, provider: str, library: str, store: Store
) -> bool:
    """Whether Lean need not be asked again: same library and Lean, and a project that is there.

    What ran out of time or memory stands under limits that are no larger, unless `retry`.
    """
    proof = record.proof
    if proof is None or proof.verdict is Verdict.ERROR:
        return False
    if (proof.library_sha256, proof.provider) != (library, provider):
        return False
    if proof.verdict is Verdict.UNDECIDED:
        within = (
            options.lean_timeout <= proof.lean_timeout and options.lean_memory <= proof.lean_memory
        )
        return within and not options.retry
    return (store.project(record.id) / MANIFEST).is_file()
