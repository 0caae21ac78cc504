"""What is asked about value: which willingness to pay, which one matters most, and for how many patients."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from sim.decision.value.against import reference_of
from sim.decision.value.efficiency import Efficiency
from sim.decision.value.psa import Floats, Psa
from sim.decision.value.stated import Stated
from sim.errors import UsageError

QALY = "QALY"
USUAL_RANGE = "0:50000"
USUAL_WTP = 20_000.0
PATIENTS_PER_YEAR = 500
YEARS = 5
MOST_WTP = 1e9
MOST_VALUES = 1001
NOTHING_STATED = Stated()
_STEPS = 100
_MOST_PATIENTS = 100_000_000
_MOST_YEARS = 100.0
_ALLOWED = "allowed: a range 0:50000, a range with a step 0:50000:500, or a list 20000,30000"
_NUMBER = r"\d+(?:\.\d*)?(?:[eE]\+?\d+)?|\.\d+"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*:\s*({_NUMBER})\s*(?::\s*({_NUMBER})\s*)?")


@dataclass(frozen=True)
class Question:
    """What is asked: `wtp`, ascending, in currency per unit of effect, with `at` the place of the one of interest.

    `reference` is the strategy that the others are held against, `is_named` whether somebody asked for it. `inputs` are
    the single inputs to look at, with commas, None for all; `groups` are `NAME=input,input`; `stated` is what is said
    about the money. `note` says how the range was chosen if nobody gave it; empty otherwise.
    """

    wtp: Floats
    at: int
    patients_per_year: int
    years: float
    reference: str
    is_named: bool = False
    inputs: str | None = None
    groups: tuple[str, ...] = ()
    stated: Stated = NOTHING_STATED
    note: str = ""

    @property
    def price(self) -> float:
        """The willingness to pay of interest."""
        return float(self.wtp[self.at])


def ask(
    psa: Psa,
    strategies: tuple[Efficiency, ...],
    wtp: str | None = None,
    at: float | None = None,
    patients_per_year: int = PATIENTS_PER_YEAR,
    years: float = YEARS,
    *,
    reference: str | None = None,
    inputs: str | None = None,
    groups: tuple[str, ...] = (),
    money: Stated = NOTHING_STATED,
    usual: bool = True,
) -> Question:
    """Return the question; without `wtp` the usual range, or (`usual` false) one that spans the ICERs.

    Net benefits without costs and effects are of one unknown willingness to pay, which stands as 0 in `wtp`.

    Without `reference` it is usual care, or the first strategy where none is called so.

    Raises UsageError naming the option, what was given and what is allowed.
    """
    if not 1 <= patients_per_year <= _MOST_PATIENTS:
        raise UsageError(f"--patients-per-year {patients_per_year}: must be from 1 to {_MOST_PATIENTS}")
    if not 0 < years <= _MOST_YEARS:
        raise UsageError(f"--years {years:g}: must be above 0 and at most {_MOST_YEARS:g}")
    if psa.only_net:
        _check_only_net(wtp, at)
        wtp, at = "0,1", 0.0
    note = ""
    if wtp is None and not usual:
        top = _above_the_ratios(strategies)
        wtp, note = f"0:{top:.15g}", "chosen to span the incremental cost-effectiveness ratios"
    values = wtp_values(wtp or USUAL_RANGE)
    if at is None:
        is_range = ":" in (wtp or USUAL_RANGE)
        is_usual = usual and (values[0] <= USUAL_WTP <= values[-1] if is_range else USUAL_WTP in values)
        at = USUAL_WTP if is_usual else float(values[(len(values) - 1) // 2])
    if not values[0] <= at <= values[-1]:
        raise UsageError(f"--at {at:g}: must be within the willingness to pay, {values[0]:g} to {values[-1]:g} (--wtp)")
    values = np.array([0.0]) if psa.only_net else np.union1d(values, [at])
    return Question(
        values, int(np.searchsorted(values, at)), patients_per_year, years, reference_of(psa.strategies, reference),
        reference is not None, inputs, groups, money, note,
    )  # fmt: skip


def wtp_values(text: str) -> Floats:
    """Return the values that `0:50000`, `0:50000:500` or `20000,30000` stands for, ascending, each once.

    A range without a step has 101 values; the last one of a range is always its end. Raises UsageError.
    """
    place = f"--wtp {text if text.isprintable() and len(text) < 60 else ascii(text)[:60]}"
    found = _RANGE.fullmatch(text)
    if found is not None:
        low, high = float(found[1]), float(found[2])
        step = float(found[3]) if found[3] else (high - low) / _STEPS
        if not low < high:
            raise UsageError(f"{place}: the range must rise; {_ALLOWED}")
        if not 0 < step <= high - low:
            raise UsageError(f"{place}: the step must be above 0 and at most the range; {_ALLOWED}")
        _check_size(place, high, (high - low) / step + 1)
        values = low + step * np.arange(math.floor((high - low) / step + 1e-9) + 1)
        values = values if math.isclose(values[-1], high) else np.append(values, high)
        values[-1] = high
        return np.asarray(values, dtype=np.float64)
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(_NUMBER, part) for part in parts):
        raise UsageError(f"{place}: must be numbers from 0 up; {_ALLOWED}")
    values = np.unique(np.array([float(part) for part in parts]))
    _check_size(place, float(values[-1]), len(values))
    if len(values) < 2:
        raise UsageError(f"{place}: must be at least two values; {_ALLOWED}. For one value of interest use --at")
    return np.asarray(values, dtype=np.float64)


def _check_only_net(wtp: str | None, at: float | None) -> None:
    """Raise the error about a price for net benefits, of which it is part."""
    for option, given in (("--wtp", wtp), ("--at", at)):
        if given is not None:
            raise UsageError(
                f"{option}: the table holds net benefits, which are of one willingness to pay; leave it out"
            )


def _check_size(place: str, highest: float, count: float) -> None:
    if highest > MOST_WTP:
        raise UsageError(f"{place}: must be at most {MOST_WTP:.0f}")
    if count > MOST_VALUES:
        raise UsageError(f"{place}: has {count:,.0f} values; allowed: at most {MOST_VALUES}")


def _above_the_ratios(strategies: tuple[Efficiency, ...]) -> float:
    """Return a round willingness to pay above the ICERs; without any, one at which effect weighs as much as cost."""
    ratios = [one.ratio.estimate for one in strategies if one.ratio is not None and one.ratio.estimate > 0]
    if ratios:
        wanted = 2 * max(ratios)
    else:
        spread = max(abs(one.effect.estimate) for one in strategies) or 1.0
        wanted = 2 * (max(abs(one.cost.estimate) for one in strategies) or 1.0) / spread
    wanted = min(max(wanted, 1e-6), MOST_WTP / 10)
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= wanted * (1 - 1e-9))
