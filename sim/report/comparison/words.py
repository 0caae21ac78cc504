"""How scenarios and chances are named in a comparison."""

from __future__ import annotations

import math

from sim.decision.compare import Member


def label_of(member: Member) -> str:
    """Return the name of a scenario as readers see it."""
    return member.label


def chance(value: float) -> str:
    """Return a chance that was counted over draws, which cannot show the last tenth of a percent."""
    if math.isnan(value):
        return "–"
    if value > 0.999:
        return "> 99.9 %" if value < 1 else "≈ 100 %"
    return "< 0.1 %" if 0 < value < 0.001 else "≈ 0 %" if value == 0 else f"{100 * value:.0f} %"
