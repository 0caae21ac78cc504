"""The outlook of one patient in words."""

from __future__ import annotations

from sim.learn.expected import Expected
from sim.learn.outlook import STOP, Outlook, Way
from sim.patient.setting import horizon_of
from sim.quantities import DAY_42
from sim.report.words.numbers import of_hundred

CAUTION = (
    "This is a model's answer about many people with such readings, not about this person, and no advice. Readings "
    "scatter from day to day, and nothing but these readings is known to it."
)
FEW = 100.0
SAME = 0.05
"""Difference in points below which one decimal shows none."""


def shown_day(found: Outlook) -> int:
    """Return the day that sentences speak of: day 42, or the last one if that has passed."""
    return DAY_42 if found.so_far.today < DAY_42 else horizon_of(found.scenario)


def sentences(found: Outlook) -> list[str]:
    """Return the answer, the sentence that matters most first."""
    day = shown_day(found)
    by_pain = sorted(found.ways, key=lambda one: one.on(day).pain.estimate)
    said = [_apart(found, day), _moved(found), *(_way(one, day) for one in by_pain)]
    if found.effective < FEW:
        said.append(
            f"Such readings are rare in this model: only {found.effective:.0f} of {found.bank:,} people are like that, "
            "so take these numbers with care, and ask whether the scenario suits this patient."
        )
    return said


def pain_text(expected: Expected) -> str:
    """Return expected pain with its Monte Carlo error, in points."""
    return f"{expected.pain.estimate:.2f} ± {expected.pain.mc_error:.2f}"


def _apart(found: Outlook, day: int) -> str:
    best = min(found.ways, key=lambda one: one.on(day).pain.estimate)
    stop = next((one for one in found.ways if one.name == STOP), None)
    here = best.on(day)
    start = f"Least pain on day {day} is expected with {best.label.lower()}: {here.pain.estimate:.1f} points"
    if stop is None or stop is best:
        return (
            f"{start}, and a reading between {here.reading[0]:.0f} and {here.reading[-1]:.0f} in 90 of 100 such people."
        )
    # Of the numbers as they are shown, so that they add up.
    if (gain := round(stop.on(day).pain.estimate, 1) - round(here.pain.estimate, 1)) < SAME:
        return f"{start}, no less than if the course stops here."
    return f"{start}, {gain:.1f} less than if the course stops here ({stop.on(day).pain.estimate:.1f})."


def _moved(found: Outlook) -> str:
    if not found.so_far.visits and not found.so_far.readings:
        return "Nothing is known of this patient yet: this is what is expected of anybody of the kind."
    today = found.ways[0].expected[0]
    way = "more" if found.moved > 0 else "less"
    return (
        f"Pain today is taken to be {today.pain.estimate:.1f} points, {abs(found.moved):.1f} {way} than for all who "
        "were treated in this way: that is how far these readings move what would be expected without them."
    )


def _way(way: Way, day: int) -> str:
    then = way.on(day)
    return (
        f"{way.label}: on day {day} pain {pain_text(then)} (a reading of "
        f"{then.reading[0]:.0f} to {then.reading[-1]:.0f} in 90 of 100), {of_hundred(then.relief.estimate)} of 100 in "
        f"relief; "
        f"{of_hundred(way.lost.estimate)} of 100 lose relief by the end of the follow-up."
    )
