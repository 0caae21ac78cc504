"""What unknowns are called, and how their values are written."""

from __future__ import annotations

import math

from sim.learn.fit import Fit
from sim.learn.told import Told
from sim.report.words.inputs import alternative_name, input_names
from sim.report.words.numbers import capital
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form
from sim.units import POINTS, SHARE, Unit, unit_named


def names_of(fitted: Scenario) -> dict[str, str]:
    """Return what people call each unknown, by its path; `fitted` states those that claims had stood for."""
    return input_names(fitted)


def unit_of(path: str, fitted: Scenario) -> Unit:
    """Return the unit of an unknown, so far as its name tells it."""
    last = path.split(".")[-1]
    if last in ("ceiling", "no_show") or path.endswith("plateau.mean") or path.endswith("muscular_share.mean"):
        return SHARE
    if path.endswith("baseline_pain.mean") or path.endswith("reading_noise.mean") or last == "satisfaction_threshold":
        return POINTS
    return unit_named("")


def value_text(value: float) -> str:
    """Return a value with three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def span_text(lower: float, upper: float) -> str:
    """Return an interval."""
    return f"{value_text(lower)} to {value_text(upper)}"


def worth_text(one: Told) -> str:
    """Return in words what the data say of an unknown."""
    if one.is_held:
        return "held at what was believed"
    if not one.says_something:
        return "next to nothing"
    if math.isinf(one.worth):
        return "its middle only"
    return f"as much as was known before takes {max(one.worth, 1):,.0f} patients"


def form_name(form: Form, kinds: tuple[str, ...]) -> str:
    """Return the alternatives of a form of the model that the data can tell apart."""
    chosen = dict(form.chosen)
    return capital("; ".join(alternative_name(kind, chosen[kind]) for kind in kinds)) if kinds else "As stated"


def kinds_told(found: Fit) -> tuple[str, ...]:
    """Return the kinds of structure that the data were held against."""
    forms = [dict(one.form.chosen) for one in found.posterior.weights]
    return tuple(kind for kind in (forms[0] if forms else {}) if len({one[kind] for one in forms}) > 1)
