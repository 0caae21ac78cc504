"""What a trial measures: what patients report on a day, against their first reading, or another outcome of a course."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError, did_you_mean
from sim.quantities import (
    BY_NAME,
    DAY_42,
    NOTICEABLE,
    NOTICEABLE_SHARE,
    OUTCOMES,
    PAIN_REDUCTION,
    RECOVERED_AT,
    ROW,
    Outcome,
)
from sim.tables.rows import quoted
from sim.units import Unit

Floats = NDArray[np.float64]
Better = Literal["higher", "lower"]

_READ = (PAIN_REDUCTION, "responder", "responder30", "recovered")
"""What is made of two readings of pain, the one at the start and one on any day."""
_ON_DAY = re.compile(r"(.+)_day(\d{1,5})")
MOST = 12
"""Outcomes of a trial, at most."""


@dataclass(frozen=True)
class Measure:
    """An outcome as a trial measures it: made of the reading on a `day`, or the course's own number (day 0).

    `family`: what is made of the readings; `outcome`: the outcome of the same kind whose unit and direction it has.
    """

    name: str
    family: str
    day: int
    outcome: Outcome

    @property
    def is_read(self) -> bool:
        """Whether it is made of a reading of pain on its day."""
        return self.day > 0

    @property
    def is_share(self) -> bool:
        """Whether patients have it or not."""
        return self.outcome.kind == "share"

    @property
    def unit(self) -> Unit:
        """The unit of the outcome."""
        return self.outcome.unit

    @property
    def sign(self) -> float:
        """1 where more is better for the patient or the payer, -1 where less is."""
        return -1.0 if self.outcome.better == "lower" else 1.0

    @property
    def label(self) -> str:
        """What people call it."""
        return self.outcome.label.replace(f"day {DAY_42}", f"day {self.day}") if self.is_read else self.outcome.label

    @property
    def in_sentence(self) -> str:
        """The label as it stands within a sentence."""
        return self.label if self.label[:2].isupper() else self.label[0].lower() + self.label[1:]

    @property
    def row(self) -> int:
        """The row of the recorded number, where it is not read on a day."""
        return ROW[self.name]

    def made_of(self, before: Floats, after: Floats) -> Floats:
        """Return the outcome of patients who reported `before` and `after`, in points, of the same shape."""
        fall = before - after
        if self.family == PAIN_REDUCTION:
            return fall
        if self.family == "recovered":
            return (after <= RECOVERED_AT).astype(np.float64)
        least = NOTICEABLE if self.family == "responder" else NOTICEABLE_SHARE * before
        return ((fall >= least) & (least > 0.0)).astype(np.float64)


def measures_of(names: Sequence[str], days: Sequence[int], horizon: int) -> tuple[Measure, ...]:
    """Return outcomes by their names; one that is read on a day may be named without it, and is read on all `days`.

    Raises UsageError for an outcome that is not known, a day that is said twice, or one after the horizon.
    """
    found: list[Measure] = []
    for name in names:
        found += _named(name, days)
    for one in found:
        if one.day > horizon:
            raise UsageError(
                f"--{'days' if days else 'outcome'} {one.day}: the follow-up ends on day {horizon} "
                "(followup.horizon); allowed: 1 to that day"
            )
    if len({one.name for one in found}) < len(found):
        twice = next(one.name for k, one in enumerate(found) if one in found[:k])
        raise UsageError(f"--outcome {twice}: is there twice")
    if len(found) > MOST:
        raise UsageError(f"--outcome: {len(found)} outcomes; allowed: at most {MOST}")
    return tuple(found)


def _named(name: str, days: Sequence[int]) -> list[Measure]:
    match = _ON_DAY.fullmatch(name)
    family, day = (match[1], int(match[2])) if match else (name, 0)
    if family in _READ and days:
        if match:
            raise UsageError(f"--outcome {quoted(name)}: names its day; give --days or the day in the name, not both")
        return [read_on(family, one) for one in days]
    if family in _READ and match:
        if day < 1:
            raise UsageError(f"--outcome {quoted(name)}: must be read on a day after the first visit")
        return [read_on(family, day)]
    known = [one.name for one in OUTCOMES if one.kind in ("number", "share")]
    if name not in known:
        allowed = ", ".join(known)
        if family in _READ:
            raise UsageError(f"--outcome {quoted(name)}: on which day? Say --days 42, or {name}_day42")
        more = ", and with any other day those that are read on one"
        raise UsageError(f"--outcome {quoted(name)}: must be one of {allowed}{more}.{did_you_mean(name, known)}")
    if days:
        raise UsageError(f"--days: {name} is not read on a day of assessment; leave it out, or name another --outcome")
    return [Measure(name, name, 0, BY_NAME[name])]


def read_on(family: str, day: int) -> Measure:
    """Return what is made of the reading on a day."""
    return Measure(f"{family}_day{day}", family, day, BY_NAME[f"{family}_day{DAY_42}"])
