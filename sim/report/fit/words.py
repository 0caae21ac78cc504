"""What unknowns are called, and how their values are written."""

from __future__ import annotations

import math

from sim.learn.fit import Fit
from sim.learn.told import Told
from sim.report.words.inputs import alternative_name, input_names
from sim.report.words.numbers import capital
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form

_SHARES = (
    ".ceiling", "no_show", "plateau.mean", "muscular_share.mean", ".per_course", ".per_visit", "attendance.drop_out",
    ".drop_out_if_relieved", ".drop_out_if_not_relieved", ".drop_out_after_adverse_event",
)  # fmt: skip


def names_of(fitted: Scenario) -> dict[str, str]:
    """Return what people call each unknown, by its path; `fitted` states those that claims had stood for."""
    return input_names(fitted)


def is_share(path: str) -> bool:
    """Return whether an unknown is a share, which is written in per cent, so far as its name tells it."""
    return path.endswith(_SHARES) or ".pain_left." in path


def value_text(value: float, path: str = "") -> str:
    """Return a value, of an unknown if `path` is given, with as many digits as anybody reads."""
    return f"{_plain(value, path)} %" if is_share(path) else _plain(value, path)


def span_text(lower: float, upper: float, path: str = "") -> str:
    """Return an interval, of an unknown if `path` is given."""
    return f"{_plain(lower, path)} to {value_text(upper, path)}"


def _plain(value: float, path: str) -> str:
    if is_share(path):
        # A whole per cent is enough but for what is rare.
        return f"{100 * value:.0f}" if value >= 0.1 else f"{100 * value:.1f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def worth_words(one: Told) -> tuple[str, str]:
    """Return in words what the data say of an unknown, and how many patients what was known before is worth."""
    if one.is_held:
        return "held", "at what was believed"
    if not one.says_something:
        return "next to nothing", ""
    if math.isnan(one.worth):
        return "something", ""
    if math.isinf(one.worth):
        return "where its middle lies, no more", ""
    return "something", f"prior worth {max(one.worth, 1):,.0f} patients"


def form_name(form: Form, kinds: tuple[str, ...]) -> str:
    """Return the alternatives of a form of the model that the data can tell apart."""
    chosen = dict(form.chosen)
    return capital("; ".join(alternative_name(kind, chosen[kind]) for kind in kinds)) if kinds else "As stated"


def kinds_told(found: Fit) -> tuple[str, ...]:
    """Return the kinds of structure that the data were held against."""
    forms = [dict(one.form.chosen) for one in found.posterior.weights]
    return tuple(kind for kind in (forms[0] if forms else {}) if len({one[kind] for one in forms}) > 1)
