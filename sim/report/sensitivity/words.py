"""Names and numbers of a sensitivity analysis as people read them."""

from __future__ import annotations

import math

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.oneway import Bar, Moved
from sim.decision.sensitivity.structure import Factor, Kind
from sim.decision.sensitivity.threshold import Threshold
from sim.estimate.estimate import Estimate
from sim.report.words.inputs import input_names
from sim.report.words.numbers import format_count
from sim.study.inputs import Input
from sim.units import GAP, SHARE, Unit, money, unit_named

MUCH_MISSED = 0.2
"""Share of the variance that an emulator may miss before its shares are called rough."""


class Words:
    """The words of one analysis: its inputs, kinds of structure, arms, measure and target by name, and its numbers with
    their units.
    """

    def __init__(self, found: Sensitivity) -> None:
        self._found = found
        self._names = input_names(found.scenario)
        self._unit = found.question.measure.unit

    def name(self, one: Factor) -> str:
        """Return the name of an input or a kind of structure."""
        if isinstance(one, Kind):
            return f"Form of the model: {_spaced(one.name)}"
        return self._names[one.path]

    def quoted(self, one: Factor) -> str:
        """Return the name of an input or a kind of structure as it stands within a sentence."""
        return f"“{self.name(one)}”"

    def where(self, one: Factor, end: Moved) -> str:
        """Return where a factor is at an end of its bar: `at 5 days`, or `with` the name of an alternative."""
        return f"with “{alternative(one, end)}”" if isinstance(one, Kind) else f"at {self.value(one, end.value)}"

    def value(self, one: Input, value: float, *, digits: int = 3, bare: bool = False) -> str:
        """Return a value of an input with so many digits, in its unit unless `bare`."""
        unit = self._unit_of(one)
        written = (SHARE if unit.is_share else unit).as_given(float(f"{value:.{digits}g}"))
        return written.split(" ")[0] if bare else written.replace(" ", GAP)

    def threshold(self, one: Input, threshold: Threshold) -> str:
        """Return a threshold with its error, in the input's unit."""
        value = self.value(one, threshold.at.estimate)
        if not threshold.at.mc_error > 0:
            return value
        number, gap, unit = value.partition(GAP)
        error = self.value(one, threshold.at.mc_error, digits=1, bare=True).lstrip("$€£")
        return f"{number}{GAP}±{GAP}{error}{gap}{unit}"

    def input_unit(self, one: Input) -> str:
        """Return the unit of an input on an axis, shares in per cent."""
        return self._unit_of(one).on_axis

    def span(self, one: Input, low: float, high: float) -> str:
        """Return a range of an input in its unit."""
        return f"{self.value(one, low, bare=True)} to {self.value(one, high)}"

    def reach(self, bar: Bar) -> str:
        """Return over what a factor goes: the range of an input, or the alternatives of a kind."""
        if isinstance(bar.factor, Kind):
            return ", ".join(alternative(bar.factor, end) for end in bar.ends)
        return self.span(bar.factor, bar.ends[0].value, bar.ends[-1].value)

    def arm(self, place: int) -> str:
        """Return the label of an arm by its position."""
        return self._label(self._found.question.arms[place])

    @property
    def target(self) -> str:
        """The target's arms, as `Dry needling minus Acupuncture`."""
        return " minus ".join(self._label(arm) for arm in self._found.question.target)

    @property
    def measure(self) -> str:
        """What is measured, as it stands within a sentence."""
        measure = self._found.question.measure
        if measure.wtp is None:
            return measure.outcome.in_sentence
        price, of = money(self._found.scenario.costs.currency).as_given(measure.wtp), measure.outcome.unit
        per = f"patient with {measure.outcome.in_sentence}" if of.is_share else of.one
        return f"net benefit at {price} per {per}"

    @property
    def unit(self) -> str:
        """The unit of the target on an axis."""
        unit = self._unit
        if unit.is_share and self._is_difference:
            return unit.of_differences
        return unit.before or unit.after or unit.noun

    def number(self, value: float, error: float) -> str:
        """Return a value of the target with as many digits as its error leaves, signed if it is a difference."""
        signed = self._is_difference
        return _in_points(self._unit.number(value, error, signed=signed), is_change=signed)

    def bare(self, value: float, error: float) -> str:
        """Return a value of the target without its unit."""
        return self._unit.number(value, error, signed=self._is_difference, bare=True)

    def with_error(self, one: Estimate, *, is_change: bool = False) -> str:
        """Return a value of the target, or a change of it, with its Monte Carlo error."""
        signed = self._is_difference or is_change
        return _in_points(one.unit.with_error(one.estimate, one.mc_error, signed=signed), is_change=signed)

    def level(self, value: float, error: float = math.nan) -> str:
        """Return the measure under one arm, with its Monte Carlo error if it is known."""
        return self._unit.number(value) if math.isnan(error) else self._unit.with_error(value, error)

    def factor(self) -> float:
        """Return what a value of the target is multiplied by on an axis."""
        return self._unit.factor

    def _unit_of(self, one: Input) -> Unit:
        return unit_named(one.quantity.unit).of(self._found.scenario.costs.currency)

    @property
    def _is_difference(self) -> bool:
        return len(self._found.question.target) > 1

    def _label(self, arm: str) -> str:
        return self._found.scenario.arm_label(arm)


def _in_points(written: str, *, is_change: bool) -> str:
    """Return a difference between shares in percentage points."""
    return f"{written.removesuffix('%')}pp" if is_change and written.endswith("%") else written


def alternative(kind: Kind, end: Moved) -> str:
    """Return the name of the alternative at an end of a kind's bar."""
    return _spaced(kind.alternatives[int(end.value)])


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def percent(share: float) -> str:
    """Return a share of the variance as a whole percentage."""
    whole = round(100 * share)
    return f"{'<1' if whole == 0 and share > 0 else max(whole, 0)}{GAP}%"


def interval(share: Estimate) -> str:
    """Return the interval of a share of the variance, held between 0 and 100 %."""
    low, high = (min(max(round(100 * end), 0), 100) for end in (share.lower, share.upper))
    return f"{low} to {high}{GAP}%" if high > low else f"about {low}{GAP}%"


def counts(found: Sensitivity) -> str:
    """Return how the indices were found, in short."""
    return f"{format_count(found.draws)} draws, {format_count(found.draws_patients)} patients in each"


def missed(found: Sensitivity) -> str:
    """Return how well the emulator foretells answers that it was not learnt from, and what that means for shares."""
    share = found.indices.unexplained
    said = (
        "The shares are read off an emulator of the model. Of what differs between draws that it was not learnt from, "
        f"it misses {percent(share.estimate)} ({interval(share)})"
    )
    if share.estimate > MUCH_MISSED:
        return (
            f"{said}: more than {percent(MUCH_MISSED)}, so these shares are rough, and any input may explain so "
            "much more in company of others. More --draws make them better."
        )
    return f"{said}. Any input may have a share in that in company of others, so the intervals with others hold it."
