"""Float32 budgets: by how much any binary32 run of a network can differ from its exact value."""

from certificates.float32.format import (
    FORMAT,
    Float32Budget,
    Magnitudes,
    NodeBudget,
    budget_from_json,
    load_budget,
    save_budget,
)
from certificates.float32.margins import Room, rooms
from certificates.float32.measure import Deviation, Meter, joined
from certificates.float32.produce import budget
from certificates.float32.tighten import loss, tighten, tightened

__all__ = [
    "FORMAT",
    "Deviation",
    "Float32Budget",
    "Magnitudes",
    "Meter",
    "NodeBudget",
    "Room",
    "budget",
    "budget_from_json",
    "joined",
    "load_budget",
    "loss",
    "rooms",
    "save_budget",
    "tighten",
    "tightened",
]
