"""From a description of records to the part of a scenario that they can give: who comes, and how well."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from sim.learn.cells_shown import SMALLEST_CELL, Described, is_small
from sim.learn.describe import Description
from sim.learn.records import Records
from sim.plain_text import plain_text
from sim.scenario.schema import Scenario

LEAST_WEEKS = 4
"""Weeks that records must span to tell how many patients come in one."""
_LEAST_SD = 0.1


def fragment_yaml(found: Description, base: str, scenario: Scenario) -> str:
    """Return a scenario file that extends `base` and has what records say in place of its own numbers.

    `scenario` is that of `base`: profiles that it does not have, and a clinic that it has not, are left out and said.
    """
    lines = [
        f"# By `simulate describe`: what records of {_people(found)} say, in place of numbers of {plain_text(base)}.",
        "# Records cannot tell what a treatment does; for that see `simulate fit`.",
        f"extends: {json.dumps(base)}",
        *_cohort(found, scenario),
        *_profiles(found, scenario),
        *_attendance(found),
        *_clinic(found, scenario),
    ]
    return "\n".join(lines) + "\n"


def _people(found: Description) -> str:
    began = found.people.began
    return f"fewer than {SMALLEST_CELL} people" if is_small(began) else f"{began:,} people"


def _sourced(value: float, found: Described | None, records: Records, note: str, spread: str = "") -> str:
    """Return a number with its source, in one line."""
    people = f"{found.patients} patients, " if found is not None else ""
    doubt = f", uncertainty: {spread}" if spread else ""
    said = f"{note}; {people}records {records.sha256[:12]}"
    return f'{{value: {value:.4g}, source: records, status: own, note: "{said}"{doubt}}}'


def _shares(found: Description, scenario: Scenario) -> dict[str, float]:
    """Return the share of each profile, with four digits that add up to 1; empty where not all can be told."""
    known = found.about("profiles")
    if not known or any(not one.is_shown or one.at not in scenario.profiles for one in known):
        return {}
    shares = {one.at: round(one.estimate, 4) for one in known}
    largest = max(shares, key=lambda name: shares[name])
    shares[largest] = round(shares[largest] + 1 - math.fsum(shares.values()), 4)
    return shares


def _cohort(found: Description, scenario: Scenario) -> Iterator[str]:
    shares = _shares(found, scenario)
    if shares:
        written = ", ".join(f"{name}: {share:g}" for name, share in shares.items())
        yield f"cohort: {{profiles: {{{written}}}}}"
    elif not found.about("profiles"):
        yield "# cohort: the records name no profiles"
    else:
        names = ", ".join(plain_text(one.at) for one in found.about("profiles") if one.at not in scenario.profiles)
        why = f"no profiles of the scenario: {names}" if names else "too few patients of a profile"
        yield f"# cohort: left out; {why}"


def _profiles(found: Description, scenario: Scenario) -> Iterator[str]:
    shares = _shares(found, scenario)
    own = scenario.cohort.profiles
    alone = next(iter(own)) if not found.about("profiles") and len(own) == 1 else None
    lines: list[str] = []
    for name in [alone] if alone else list(shares):
        at = "all" if alone else name
        mean, sd = found.one("first reading", at, "mean"), found.one("first reading", at, "sd")
        if mean is not None and sd is not None:
            lines += _baseline(name, mean, sd, found, scenario)
    if lines:
        yield "profiles:"
        yield from lines


def _baseline(name: str, mean: Described, sd: Described, found: Description, scenario: Scenario) -> Iterator[str]:
    """Yield the pain of a profile at the start: a normal variable, cut as the scenario says, that fits the readings."""
    profile = scenario.profiles[name]
    noise = float(profile.reading_noise.mean) ** 2 * (1 + float(profile.reading_noise.cv) ** 2)
    true_sd = math.sqrt(max(sd.estimate**2 - noise - found.records.step**2 / 12, _LEAST_SD**2))
    low, high = float(profile.baseline_pain.low), float(profile.baseline_pain.high)
    middle, spread = uncut(mean.estimate, true_sd, low, high)
    read = "first reading" if found.records.moment == "before" else "first reading, after the treatment"
    note = f"{read}, its noise as in the scenario taken out"
    yield f"  {name}:"
    yield "    baseline_pain:"
    doubt = f"{{normal: {{sd: {mean.mc_error:.3g}}}}}" if mean.mc_error > 0 else ""
    yield f"      mean: {_sourced(middle, mean, found.records, note, doubt)}"
    yield f"      sd: {_sourced(spread, sd, found.records, note)}"


def uncut(mean: float, sd: float, low: float, high: float) -> tuple[float, float]:
    """Return mean and sd of the normal variable that has this mean and sd once it is cut at `low` and `high`.

    The mean found lies between the ends, as a scenario asks; where no such variable is, the nearest is returned.
    """
    import numpy as np
    from scipy.optimize import least_squares
    from scipy.stats import truncnorm

    def off(given: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
        middle, spread = given
        cut = truncnorm((low - middle) / spread, (high - middle) / spread, middle, spread)
        return [float(cut.mean()) - mean, float(cut.std()) - sd]

    start = [min(max(mean, low + 0.1), high - 0.1), min(max(sd, 0.2), 3.0)]
    found = least_squares(off, start, bounds=([low, _LEAST_SD], [high, 10.0]))
    return round(float(found.x[0]), 3), round(float(found.x[1]), 3)


def _attendance(found: Description) -> Iterator[str]:
    missed, left = found.one("no-shows", "all appointments"), found.one("ends", "drop-out per visit")
    if missed is None and left is None:
        yield "# attendance: the records do not tell who missed a visit, or how courses ended"
        return
    yield "attendance:"
    if missed is not None:
        yield f"  no_show: {_sourced(missed.estimate, missed, found.records, 'appointments missed', _beta(missed))}"
    if left is not None:
        note = "all who left, per visit after which they could"
        yield f"  drop_out: {_sourced(left.estimate, left, found.records, note, _beta(left))}"
        for name in ("drop_out_if_relieved", "drop_out_if_not_relieved", "drop_out_after_adverse_event"):
            yield f"  {name}: {_sourced(0, None, found.records, 'contained in drop_out')}"


def _beta(share: Described) -> str:
    p, error = share.estimate, share.mc_error
    return f"{{beta: {{sd: {error:.3g}}}}}" if 0 < p < 1 and 0 < error**2 < p * (1 - p) else ""


def _clinic(found: Description, scenario: Scenario) -> Iterator[str]:
    days = [
        one.began for one in found.records.patients
        if one.began is not None and any(visit.attended for visit in one.visits)
    ]  # fmt: skip
    if len(days) < SMALLEST_CELL:
        yield "# clinic: the records have no dates of first visits"
        return
    weeks = (max(days) - min(days) + 1) / 7
    if weeks < LEAST_WEEKS:
        yield f"# clinic: first visits within {weeks:.1f} weeks do not tell how many patients come in one"
        return
    rate = len(days) / weeks
    note = f"{len(days)} first visits in {weeks:.0f} weeks"
    line = _sourced(rate, None, found.records, note, f"{{gamma: {{sd: {math.sqrt(len(days)) / weeks:.3g}}}}}")
    if scenario.clinic is None:
        yield f"# clinic: the scenario has none; for one that has: arrivals: {{per_week: {line}}}"
    else:
        yield f"clinic: {{arrivals: {{per_week: {line}}}}}"
