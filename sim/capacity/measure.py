"""A measure of a clinic."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sim.units import Unit


class Measure(NamedTuple):
    """A measure of a clinic: its name in files, unit, label, definition, and which direction is better."""

    name: str
    unit: Unit
    label: str
    definition: str
    better: Literal["low", "high", ""] = ""
