"""What the records say, in sentences."""

from __future__ import annotations

from sim.learn.cells_shown import SMALLEST_CELL, Described, is_small
from sim.learn.describe import Description
from sim.report.description.returns import return_rows
from sim.report.words.numbers import format_count
from sim.units import SHARE

FEW = f"fewer than {SMALLEST_CELL}"
NOT_KNOWN = "Records cannot tell how much of that is due to the treatment."
HIDDEN = f"What is of {FEW} patients is not shown."
CAUTION = (
    "People who are treated when pain is at its worst get better without treatment too, and who comes to a late visit "
    "is not who came to the first. Nothing here compares treatments, because patients were not sent to them by lot."
)
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_FRACTIONS = ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5), (4, 5), (9, 10), (1, 10))
_NEAR = 0.02


def ordinal(number: int) -> str:
    """Return the word for a place in an order.

    >>> ordinal(6), ordinal(13), ordinal(21)
    ('sixth', '13th', '21st')
    """
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def of_people(share: float) -> str:
    """Return a share of people as a person says it.

    >>> of_people(0.74), of_people(0.86).replace("\\N{NO-BREAK SPACE}", " "), of_people(1.0)
    ('3 of 4', '86 %', 'all')
    """
    if share in (0, 1):
        return "all" if share else "none"
    near = min(_FRACTIONS, key=lambda one: abs(one[0] / one[1] - share))
    return f"{near[0]} of {near[1]}" if abs(near[0] / near[1] - share) <= _NEAR else SHARE.plain(share)


def count_words(count: int) -> str:
    """Return a number of people, or that it is too small to be shown."""
    return FEW if is_small(count) else format_count(count)


def sentences(found: Description) -> list[str]:
    """Return the answer, the most important sentence first."""
    more = (_no_shows(found), _spacing(found), _returned(found), _events(found), _odd(found))
    return [_first(found), *(one for one in more if one)]


def _first(found: Description) -> str:
    began = count_words(found.people.began)
    every, pain = found.one("no-shows", "patients who missed none"), _change(found)
    came = f", {of_people(every.estimate)} missed no appointment" if every is not None else ""
    start = f"Of {began} people who began{came}" if came else f"{began} people began"
    if not pain:
        return f"{start}. What happened to their pain is not recorded for enough of them."
    return f"{start}; {pain}. {NOT_KNOWN}"


def _change(found: Description) -> str:
    last = found.usual_last
    first, then = (found.one("the same patients", f"visit {k}", "mean") for k in (1, last))
    if first is None or then is None:
        return ""
    before, after = f"{first.estimate:.1f}", f"{then.estimate:.1f}"
    whom = f"in the {format_count(first.patients or 0)} who were asked at the first and the {ordinal(last)} visit, pain"
    if before == after:
        return f"{whom} was {before} points at both"
    verb = "fell" if then.estimate < first.estimate else "rose"
    return f"{whom} {verb} from {before} to {after} points"


def _no_shows(found: Description) -> str:
    missed = found.one("no-shows", "all appointments")
    if missed is None:
        return ""
    said = f"{SHARE.number(missed.estimate, missed.mc_error)} of appointments were missed{_interval(missed)}"
    waits = [one for one in found.about("no-shows") if one.at.startswith("booked") and one.is_shown]
    if len(waits) > 1:
        first, last = waits[0], waits[-1]
        said += f"; of those {first.at} {SHARE.plain(first.estimate)}, of those {last.at} {SHARE.plain(last.estimate)}"
    return f"{said}."


def _interval(one: Described) -> str:
    return f" (95 % interval {one.unit.interval(one.lower, one.upper, one.mc_error)})"


def _spacing(found: Description) -> str:
    near = found.one("spacing", "as usual, or a day off")
    if near is None or found.usual_gap is None:
        return ""
    days = f"{found.usual_gap} day{'s' if found.usual_gap != 1 else ''}"
    return f"Most often visits are {days} apart; {SHARE.plain(near.estimate)} of them are that, or a day off."


def _returned(found: Description) -> str:
    shown = [row for row in return_rows(found) if row.estimate.is_shown]
    if found.returns is None or not shown:
        return ""
    row = max((one for one in shown if one.day <= 91), key=lambda one: one.day, default=shown[0])
    return (
        f"As far as people were asked, the complaint had come back within {row.day} days of the last visit in "
        f"{SHARE.plain(row.estimate.estimate)}{_interval(row.estimate)} of {format_count(found.returns.asked)}."
    )


def _events(found: Description) -> str:
    shown = [one for one in found.about("adverse events") if one.is_shown]
    said = [f"{one.at} after {SHARE.plain(one.estimate)}" for one in shown]
    return f"Of the visits at which it was noted, there was {' and '.join(said)}." if said else ""


def _odd(found: Description) -> str:
    kinds = len(found.records.findings)
    if not kinds:
        return ""
    return f"{kinds} thing{'s' if kinds > 1 else ''} in the files looked odd; what was done about each is listed below."
