"""A study that could be done before choosing: how it is asked for, what it would show in each draw, what it costs."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from sim.decision.value.psa import Floats, Psa
from sim.errors import UsageError, did_you_mean
from sim.quantities import OUTCOMES
from sim.tables.rows import quoted

KEYS = ("n", "arms", "outcome", "input", "sd", "cost", "uptake", "after")
MOST_PATIENTS = 1_000_000
MOST_SIZES = 50
SIZES = 8
"""Sizes that a range without a number of steps has."""
_EXAMPLE = "n=50:1000,arms=dry_needling/usual_care,outcome=pain_reduction_day42,cost=100000+500"
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"


@dataclass(frozen=True)
class NewStudy:
    """A study of `sizes` patients in each group, ascending.

    It compares two `arms` by an `outcome`, or measures an `input` whose single observations scatter by `sd` around it,
    in the unit of the input. It costs `fixed` and `per_patient`, in the currency. A share `uptake` of patients is
    treated by what it shows, from `after` years on.
    """

    sizes: tuple[int, ...]
    arms: tuple[str, str] | None = None
    outcome: str = ""
    input: str = ""
    sd: float = math.nan
    fixed: float = 0.0
    per_patient: float = 0.0
    uptake: float = 1.0
    after: float = 0.0

    @property
    def groups(self) -> int:
        """How many groups of patients it has."""
        return 1 if self.arms is None else 2

    def cost(self, size: int) -> float:
        """Return what it costs with so many patients in each group, in the currency; nothing if there are none."""
        return self.fixed + self.per_patient * self.groups * size if size else 0.0


@dataclass(frozen=True)
class Signal:
    """What the study estimates in each draw, (draws,), and the variance of that with one patient in each group."""

    value: Floats
    variance: Floats


def new_study(text: str) -> NewStudy:
    """Return the study that `n=50:1000,arms=A/B,outcome=NAME,cost=FIXED+EACH,uptake=0.8,after=2` stands for.

    `n` is a number, numbers with slashes, or a range, of which 8 sizes are taken. With `input=NAME,sd=X` in place of
    arms and outcome it measures an input. Raises UsageError naming the part that cannot be.

    >>> new_study("n=50/100,arms=a/b,outcome=qaly,cost=1000+5").cost(100)
    2000.0
    """
    given: dict[str, str] = {}
    for part in text.split(","):
        key, mark, value = (one.strip() for one in part.partition("="))
        if not mark or key not in KEYS:
            raise _wrong(part.strip(), f"must be one of {', '.join(KEYS)}, as {_EXAMPLE}.{did_you_mean(key, KEYS)}")
        if key in given:
            raise _wrong(key, "is there twice")
        given[key] = value
    if "n" not in given:
        raise _wrong("n", f"is missing: how many patients in each group, as {_EXAMPLE}")
    by_arms, by_input = {"arms", "outcome"}, {"input", "sd"}
    named = set(given) & (by_arms | by_input)
    if named not in (by_arms, by_input):
        raise _wrong("arms", "and outcome are needed, or input and sd; not both, and neither alone")
    fixed, per_patient = _cost(given.get("cost", "0"))
    return NewStudy(
        _sizes(given["n"]), _arms(given["arms"]) if "arms" in given else None, given.get("outcome", ""),
        given.get("input", ""), _number("sd", given["sd"], 0.0, math.inf) if "sd" in given else math.nan,
        fixed, per_patient, _number("uptake", given.get("uptake", "1"), 0.0, 1.0),
        _number("after", given.get("after", "0"), 0.0, 100.0),
    )  # fmt: skip


def measured(psa: Psa, study: NewStudy) -> Signal:
    """Return what a study that measures an input would show; raises UsageError for an input that is not known."""
    check_names(study, psa.strategies, [name for name in psa.parameters if name not in psa.kinds])
    return Signal(psa.parameters[study.input], np.full(psa.draws, study.sd**2))


def check_years(study: NewStudy, years: float) -> None:
    """Raise UsageError for results that come when nobody is left to be treated by them."""
    if study.after >= years:
        raise _wrong(f"after={study.after:g}", f"must be before the end of the {years:g} years (--years)")


def check_names(study: NewStudy, arms: Sequence[str], inputs: Collection[str]) -> None:
    """Raise UsageError for an arm or an input that is not among the known ones, or an outcome that has no mean."""
    outcomes = [one.name for one in OUTCOMES if one.kind in ("number", "share")]
    asked: list[tuple[str, Collection[str], str]] = [(arm, arms, "arm") for arm in study.arms or ()]
    asked += [(study.outcome, outcomes, "outcome")] if study.outcome else []
    asked += [(study.input, inputs, "input")] if study.input else []
    for name, known, what in asked:
        if name not in known:
            allowed = ", ".join(quoted(one) for one in list(known)[:12]) or "none"
            raise _wrong(name, f"is no {what}; allowed: {allowed}.{did_you_mean(name, list(known))}")


def _wrong(part: str, why: str) -> UsageError:
    return UsageError(f"--study {quoted(part)}: {why}")


def _number(key: str, text: str, low: float, high: float) -> float:
    value = float(text) if re.fullmatch(_NUMBER, text) else math.nan
    if not low <= value <= high:
        allowed = f"from {low:g} to {high:g}" if math.isfinite(high) else f"a number from {low:g} up"
        raise _wrong(f"{key}={text}", f"must be {allowed}")
    return value


def _sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of a list with slashes or a range; those of a range grow by a factor."""
    ends = text.split(":")
    parts = ends if len(ends) > 1 else text.split("/")
    if not all(re.fullmatch(r"\d{1,7}", part.strip()) for part in parts) or len(ends) > 2:
        raise _wrong(f"n={text}", "must be a number, numbers as 50/100/200, or a range as 50:1000")
    numbers = [int(part) for part in parts]
    if min(numbers) < 2 or max(numbers) > MOST_PATIENTS:
        raise _wrong(f"n={text}", f"must be from 2 to {MOST_PATIENTS:,} patients in each group")
    if len(ends) == 2:
        if not numbers[0] < numbers[1]:
            raise _wrong(f"n={text}", "the range must rise")
        numbers = [round(one) for one in np.geomspace(numbers[0], numbers[1], SIZES).tolist()]
    if len(numbers) > MOST_SIZES:
        raise _wrong(f"n={text}", f"has {len(numbers)} sizes; allowed: at most {MOST_SIZES}")
    return tuple(sorted(set(numbers)))


def _arms(text: str) -> tuple[str, str]:
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != 2 or not all(parts) or parts[0] == parts[1]:
        raise _wrong(f"arms={text}", "must be two different arms, as dry_needling/usual_care")
    return parts[0], parts[1]


def _cost(text: str) -> tuple[float, float]:
    fixed, mark, each = text.partition("+")
    return _number("cost", fixed.strip(), 0.0, math.inf), _number("cost", each.strip(), 0.0, math.inf) if mark else 0.0
