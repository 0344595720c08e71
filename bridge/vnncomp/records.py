"""What is known of an instance, as records that refuse to say more than their evidence.

`lemmanet.vnncomp.instance/1` is the state of one instance on disk. Seconds are wall-clock seconds,
memory and sizes are in bytes, hashes are lower-case SHA-256.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from bridge.report.record import Count, Identifier, Name, Record, Seconds, Sha256, Text, Vector
from bridge.report.verdicts import Verdict

__all__ = ["FORMAT", "Finding", "InstanceRecord", "Key", "Proof", "Result", "Witness"]

FORMAT: Literal["lemmanet.vnncomp.instance/1"] = "lemmanet.vnncomp.instance/1"
_THEOREMS = {Verdict.PROVED: "unsat", Verdict.REFUTED: "sat"}

Fault = Literal["input", "unsupported", "worker"]


class Result(StrEnum):
    """The competition's words: `unsat` means that the property holds, `sat` that it is violated."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"
    TIMEOUT = "timeout"
    ERROR = "error"

    @property
    def decided(self) -> bool:
        """Whether it says anything about the property."""
        return self in (Result.SAT, Result.UNSAT)


class Key(Record, frozen=True):
    """What a finding depends on: the files, the limits, and the code that it rests on.

    `code_sha256` covers importers, graph, properties and the exact checker: all that a verdict
    rests on, but nothing that only looks for certificates.
    """

    onnx_sha256: Sha256
    vnnlib_sha256: Sha256
    version: Name
    code_sha256: Sha256
    timeout: Annotated[float, Meta(gt=0)]
    memory: Count


class Witness(Record, frozen=True):
    """A violating input and the output there, flat and in binary32.

    Attributes:
        case: which box of the property.
        input: the input that is written to the counterexample file.
        output: what `runtime` gives for it.
        runtime: "onnxruntime", or "lemmanet" for the float32 evaluation of the graph.
        exact: whether `input` is the exact point of the certificate; otherwise the nearest one,
            because the box has a coordinate without a binary32 number.
        shown_in_float32: whether `output` violates the property too; the exact output always does.
    """

    case: Count
    input: Vector
    output: Vector
    runtime: Name
    exact: bool
    shown_in_float32: bool


class Finding(Record, frozen=True):
    """How deciding an instance ended.

    Attributes:
        result: the competition's word.
        verdict: `checked` (the exact checker accepted every certificate), `undecided`, `rejected`
            (it refused one, and nothing else decided) or `error`.
        message: why, where nothing was decided.
        fault: what failed, for `error` and for networks that are not supported.
        strategy: what found the last certificate that was needed.
        cases: boxes of the property.
        bound: smallest certified margin of the inequalities that decide, or, for an open instance,
            the worst that is known.
        nodes, leaves: of branch and bound.
        prepare_seconds, find_seconds, check_seconds: reading the files; looking for certificates;
            checking them exactly.
        certificate_bytes: size of the certificate files.
        rejections: what the exact checker said of certificates that it refused.
    """

    result: Result
    verdict: Verdict
    message: Text = ""
    fault: Fault | None = None
    strategy: Name | None = None
    cases: Count = 0
    bound: float | None = None
    nodes: Count = 0
    leaves: Count = 0
    prepare_seconds: Seconds = 0.0
    find_seconds: Seconds = 0.0
    check_seconds: Seconds = 0.0
    peak_memory_bytes: Count | None = None
    certificate_bytes: Count = 0
    model_sha256: Sha256 | None = None
    property_sha256: Sha256 | None = None
    witness: Witness | None = None
    rejections: Annotated[tuple[Text, ...], Meta(max_length=1000)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        allowed = {
            Result.SAT: (Verdict.CHECKED,),
            Result.UNSAT: (Verdict.CHECKED,),
            Result.TIMEOUT: (Verdict.UNDECIDED, Verdict.REJECTED),
            Result.UNKNOWN: (Verdict.UNDECIDED, Verdict.REJECTED),
            Result.ERROR: (Verdict.ERROR,),
        }[self.result]
        if self.verdict not in allowed:
            raise ValueError(f"{self.result.value} cannot be {self.verdict.value}")
        if (self.result is Result.SAT) != (self.witness is not None):
            raise ValueError("a witness belongs to sat, and to nothing else")
        if self.result.decided:
            if self.model_sha256 is None or self.property_sha256 is None or not self.strategy:
                raise ValueError("what is decided names model, property and strategy")
        elif not self.message:
            raise ValueError(f"{self.result.value} needs a message")
        if self.verdict is Verdict.REJECTED and not self.rejections:
            raise ValueError("rejected needs what the checker said")

    @property
    def seconds(self) -> float:
        """The competition's run time: finding and checking, without reading the files."""
        return self.find_seconds + self.check_seconds


class Proof(Record, frozen=True):
    """How Lean's check of the exported project ended.

    Attributes:
        verdict: `proved`, `refuted`, `rejected`, `undecided` or `error`.
        lean_timeout, lean_memory: the limits for one file, seconds and mebibytes.
        message: why it is no theorem.
        theorem: its qualified name.
        provider, lean_version: the Lean.
        library_sha256: of the Lean library that the project requires.
        seconds: wall-clock time of export and check.
        peak_memory_bytes: the largest of any Lean file.
        lean_files, lean_bytes: the project's Lean sources.
    """

    verdict: Verdict
    lean_timeout: Annotated[float, Meta(gt=0)]
    lean_memory: Count
    message: Text = ""
    theorem: Name | None = None
    provider: Name | None = None
    lean_version: Name | None = None
    library_sha256: Sha256 | None = None
    seconds: Seconds = 0.0
    peak_memory_bytes: Count | None = None
    lean_files: Count = 0
    lean_bytes: Count = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.verdict in (Verdict.CHECKED, Verdict.CLAIMED):
            raise ValueError(f"Lean's check does not end {self.verdict.value}")
        if self.verdict.is_theorem:
            if not (self.theorem and self.provider and self.lean_version and self.library_sha256):
                raise ValueError("a theorem names itself, its Lean and its library")
        elif not self.message:
            raise ValueError(f"{self.verdict.value} needs a message")


class InstanceRecord(Record, frozen=True):
    """The state of one instance: its place in the table, what it depends on, what was found."""

    id: Identifier
    category: Name
    onnx: Name
    vnnlib: Name
    key: Key
    finding: Finding
    proof: Proof | None = None
    format: Literal["lemmanet.vnncomp.instance/1"] = FORMAT

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.proof is None:
            return
        if not self.finding.result.decided:
            raise ValueError("only what is decided can be proved")
        shown = _THEOREMS.get(self.proof.verdict)
        if shown is not None and shown != self.finding.result.value:
            raise ValueError(f"{self.proof.verdict.value} contradicts {self.finding.result.value}")

    @property
    def verdict(self) -> Verdict:
        """The strongest thing that may be said: a theorem, a rejection, or what was found."""
        proof = self.proof
        if proof is not None and (proof.verdict.is_theorem or proof.verdict is Verdict.REJECTED):
            return proof.verdict
        return self.finding.verdict
