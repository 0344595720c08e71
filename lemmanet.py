"""Lemmanet: a network and a property in, a Lean theorem about that exact network out.

The public face: everything here is defined elsewhere and re-exported under one name.

    import lemmanet as ln

    network = ln.load("network.onnx")
    stays = ln.Robust(image, eps=0.02, label=3)
    report = ln.verify(network, stays, out="proof")
"""

from __future__ import annotations

from bridge.check import check_project as check
from bridge.importers import from_onnx, from_state_dict, from_torch, from_torchlean
from bridge.importers import load_model as load
from bridge.importers.vnnlib import from_vnnlib
from bridge.pipeline import Options, export, verify
from bridge.report.html import save_html
from bridge.report.model import Claim, Report
from bridge.report.storage import load as load_report
from bridge.report.storage import save as save_report
from bridge.report.terminal import print_report
from bridge.report.verdicts import Verdict
from certificates import (
    AffineCertificate,
    And,
    Certificate,
    LinearAtom,
    LinearConstraints,
    Or,
    OutputBox,
    Property,
    Robust,
    Undecided,
    load_property,
    produce,
    produce_affine,
    save_property,
)
from certificates import check as check_certificate
from certificates.search import find_counterexample
from runtime import nn, optim
from runtime.capture import capture
from runtime.errors import InfrastructureError, InputError, LemmanetError, UnsupportedError
from runtime.graph import Graph
from runtime.tensor import Tensor

__all__ = [
    "AffineCertificate",
    "And",
    "Certificate",
    "Claim",
    "Graph",
    "InfrastructureError",
    "InputError",
    "LemmanetError",
    "LinearAtom",
    "LinearConstraints",
    "Options",
    "Or",
    "OutputBox",
    "Property",
    "Report",
    "Robust",
    "Tensor",
    "Undecided",
    "UnsupportedError",
    "Verdict",
    "capture",
    "check",
    "check_certificate",
    "export",
    "find_counterexample",
    "from_onnx",
    "from_state_dict",
    "from_torch",
    "from_torchlean",
    "from_vnnlib",
    "load",
    "load_property",
    "load_report",
    "nn",
    "optim",
    "print_report",
    "produce",
    "produce_affine",
    "save_html",
    "save_property",
    "save_report",
    "verify",
]
