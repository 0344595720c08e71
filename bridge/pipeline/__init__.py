"""From a model and properties to theorems and a report."""

from bridge.pipeline.decide import Open, decide
from bridge.pipeline.options import Options
from bridge.pipeline.sources import LoadedModel, load, read_input, read_property
from bridge.pipeline.verify import Decisions, decide_all, export, save_reports, verify

__all__ = [
    "Decisions",
    "LoadedModel",
    "Open",
    "Options",
    "decide",
    "decide_all",
    "export",
    "load",
    "read_input",
    "read_property",
    "save_reports",
    "verify",
]
