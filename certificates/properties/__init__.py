"""Properties of networks over exact rationals: statements, text, JSON, evaluation."""

from certificates.properties.balls import Ball, Norm
from certificates.properties.builders import LinearConstraints, OutputBox, Robust
from certificates.properties.codec import property_from_json
from certificates.properties.files import load_property, save_property
from certificates.properties.formulas import And, Formula, LinearAtom, Or, atoms
from certificates.properties.model import Box, Case, Property, Robustness
from certificates.properties.rationals import rational, rationals, readable
from certificates.properties.text import atom_text, box_text, describe, formula_text

__all__ = [
    "And",
    "Ball",
    "Box",
    "Case",
    "Formula",
    "LinearAtom",
    "LinearConstraints",
    "Norm",
    "Or",
    "OutputBox",
    "Property",
    "Robust",
    "Robustness",
    "atom_text",
    "atoms",
    "box_text",
    "describe",
    "formula_text",
    "load_property",
    "property_from_json",
    "rational",
    "rationals",
    "readable",
    "save_property",
]
