"""What is counted: every outcome once, with its name, definition, unit, direction and where it is shown.

`RECORDED` names the numbers that the engine writes down of each patient and arm; `OUTCOMES` are what is made of them:
means and shares, ratios of two totals, and times to an event. Whatever sums, counts, tabulates or writes outcomes
goes by these lists, so that a new outcome is added here and recorded in `sim.patient.record`, and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from sim.units import (
    CURRENCY,
    DAYS,
    EVENTS,
    EVENTS_PER_100_VISITS,
    MINUTES,
    POINTS,
    QALYS,
    RELAPSES,
    SHARE,
    SHARE_OF_RELIEVED,
    VISITS,
    Unit,
)

DAY_42: Final = 42
DAY_133: Final = 133
"""The days on which every arm is read: six weeks, and three months after that."""
THREE_MONTHS: Final = 91
"""Days within which a relapse counts, as in the article's "Relapse Within 3 Months"."""
NOTICEABLE: Final = 2.0
"""Points of reported reduction that make a responder (F1)."""
NOTICEABLE_SHARE: Final = 0.3
"""Share of reported baseline pain that makes a responder by percentage (F1)."""
RECOVERED_AT: Final = 1.0
"""Reported points up to which a patient counts as recovered."""

RECORDED: tuple[str, ...] = (
    "pain_reduction", "pain_reduction_day42", "pain_reduction_day133", "responder_day42", "responder_day133",
    "responder30_day42", "recovered_day42", "relief", "relief_day42", "began_by_day42", "relapsed_3mo",
    "lasting_relief", "relapses", "soreness", "soreness_events", "soreness_days", "bruising", "bruising_events",
    "satisfied", "visits", "practitioner_minutes", "cost", "serious_events_per_100000", "pain_free_days", "qaly",
)  # fmt: skip
"""Numbers of a patient that are added up; all of them have a mean."""
KEPT: tuple[str, ...] = (
    "visits_to_relief", "days_to_relief", "days_to_relapse", "pain_day42", "pain_day133", "pain_end", "course_end",
    "ended_by",
)  # fmt: skip
"""Numbers of a patient that are counted or kept, never averaged; infinite where something did not happen."""
ROW: dict[str, int] = {name: row for row, name in enumerate((*RECORDED, *KEPT))}
"""The row of each recorded number."""
N_ADDED: Final = len(RECORDED)
N_ROWS: Final = len(ROW)

# Outcomes that are asked for by name.
PAIN_REDUCTION: Final = "pain_reduction"
PAIN_REDUCTION_DAY42: Final = "pain_reduction_day42"
PAIN_REDUCTION_DAY133: Final = "pain_reduction_day133"
RELIEF_DAY42: Final = "relief_day42"
RESPONDER_DAY42: Final = "responder_day42"
LASTING_RELIEF: Final = "lasting_relief"
DAYS_TO_RELIEF: Final = "days_to_relief"
VISITS_TO_RELIEF: Final = "visits_to_relief"
SATISFIED: Final = "satisfied"
SORENESS: Final = "soreness"
SORENESS_DAYS: Final = "soreness_days"
BRUISING: Final = "bruising"
SERIOUS_EVENTS: Final = "serious_events_per_100000"
QALY: Final = "qaly"
VISITS_ATTENDED: Final = "visits"
PRACTITIONER_MINUTES: Final = "practitioner_minutes"
COST: Final = "cost"
COST_PER_LASTING_RELIEF: Final = "cost_per_lasting_relief"

# Values of `ended_by`.
COMPLETED: Final = 0.0
STOPPED: Final = 1.0
DISCHARGED: Final = 2.0
DROPPED_OUT: Final = 3.0

Kind = Literal["number", "share", "ratio", "time"]
Range = Literal["pain", "days", "visits", "minutes", "cost", "years", "relapses"]
Place = Literal["decides", "terminal", "key", "gain", "rank", "compare", "scenarios", "pain", "shares"]
"""Where outcomes are shown beside the table of all: in the verdict, which they decide beside the primary outcome; on
the terminal; in the tables of key outcomes, of gains by policies, of ranks and of compared scenarios; in the figures of
scenarios side by side, of differences in pain, and of differences in shares.
"""


@dataclass(frozen=True)
class Outcome:
    """An outcome: how it is named, counted and read.

    `kind`: a `number` or `share` per patient; a `ratio` of two totals, of `recorded` and of `per`; a `time` to an
    event, which may not happen. `recorded` is the recorded number that it is made of, the outcome's own name if not
    given. `better` says which way is good for the patient or the payer, where that is plain. `range` tells which values
    a patient can have, from which the bins of its distribution follow; None: no distribution is kept. `is_share_of`
    names, for a ratio that is a share of some patients, what they have in common. `claim`: whether it speaks of the end
    of an arm's own course, for comparison with a claim, and is shown second. `of_patients` says of a share what these
    patients do, as it follows "89 of 100 patients". `known_on`: the day on which it is known; None: at the horizon.
    """

    name: str
    label: str
    unit: Unit
    kind: Kind
    definition: str
    better: Literal["higher", "lower"] | None = None
    recorded: str = ""
    per: str = ""
    factor: float = 1.0
    range: Range | None = None
    is_share_of: str = ""
    claim: bool = False
    shown: tuple[Place, ...] = ()
    of_patients: str = ""
    known_on: int | None = None

    @property
    def row(self) -> int:
        """The row of the recorded number, of a ratio that of its numerator."""
        return ROW[self.recorded or self.name]

    @property
    def per_row(self) -> int:
        """The row of a ratio's denominator."""
        return ROW[self.per]

    @property
    def in_sentence(self) -> str:
        """The label as it stands within a sentence; an abbreviation keeps its capitals."""
        return self.label if self.label[:2].isupper() else self.label[0].lower() + self.label[1:]


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("pain_reduction_day42", "Pain reduction at day 42", POINTS, "number",
            "reported baseline pain minus reported pain on day 42", "higher", range="pain",
            shown=("key", "compare", "pain"), known_on=DAY_42),
    Outcome("pain_reduction_day133", "Pain reduction at day 133", POINTS, "number",
            "reported baseline pain minus reported pain on day 133", "higher", range="pain", shown=("key", "pain"),
            known_on=DAY_133),
    Outcome("responder_day42", "Responders at day 42", SHARE, "share",
            "reported pain has fallen by at least 2 points on day 42", "higher",
            shown=("decides", "key", "compare", "shares"),
            of_patients="report at least 2 points less pain after six weeks", known_on=DAY_42),
    Outcome("responder_day133", "Responders at day 133", SHARE, "share",
            "reported pain has fallen by at least 2 points on day 133", "higher",
            of_patients="report at least 2 points less pain after 19 weeks", known_on=DAY_133),
    Outcome("responder30_day42", "Responders by 30 % at day 42", SHARE, "share",
            "reported pain has fallen by at least 30 % on day 42", "higher",
            of_patients="report at least 30 % less pain after six weeks", known_on=DAY_42),
    Outcome("recovered_day42", "Recovered at day 42", SHARE, "share",
            "reported pain is at most 1 point on day 42", "higher", shown=("key",),
            of_patients="report at most 1 point of pain after six weeks", known_on=DAY_42),
    Outcome("relief_day42", "In relief at day 42", SHARE, "share",
            "pain is lower than at the first visit by the minimal important change on day 42", "higher",
            shown=("key", "compare", "shares"),
            of_patients="are in relief after six weeks", known_on=DAY_42),
    Outcome("lasting_relief", "Lasting relief", SHARE, "share",
            "relief began by day 42 and was not lost until day 133", "higher",
            shown=("decides", "terminal", "key", "gain", "rank", "compare", "scenarios", "shares"),
            of_patients="have relief within six weeks that lasts three months more", known_on=DAY_133),
    Outcome("relapse_3mo", "Relapse within 3 months, of those in relief", SHARE_OF_RELIEVED, "ratio",
            "of all whose relief began by day 42: lost it within 91 days, by a relapse or by fading", "lower",
            "relapsed_3mo", "began_by_day42", is_share_of="began_by_day42", shown=("key", "compare", "shares")),
    Outcome("relapses", "Relapses", RELAPSES, "number", "relapses per patient by the horizon", "lower",
            range="relapses"),
    Outcome("pain_free_days", "Days with little pain", DAYS, "number",
            "days from 1 to the horizon with pain at or below the threshold, soreness included", "higher",
            range="days", shown=("rank", "compare")),
    Outcome("qaly", "QALYs", QALYS, "number",
            "quality-adjusted life years over days 1 to the horizon, soreness included", "higher", range="years",
            shown=("rank", "compare")),
    Outcome("days_to_relief", "Days to relief", DAYS, "time",
            "first day in relief; patients who are never in relief count as not reached", "lower", range="days",
            shown=("rank",)),
    Outcome("soreness", "Soreness", SHARE, "share", "sore after at least one visit", "lower", shown=("key",),
            of_patients="are sore after at least one visit"),
    Outcome("soreness_per_100_visits", "Soreness per 100 visits", EVENTS_PER_100_VISITS, "ratio",
            "visits followed by soreness per 100 attended visits", "lower", "soreness_events", "visits", 100.0),
    Outcome("soreness_days", "Days with soreness", DAYS, "number", "days from 1 to the horizon with soreness",
            "lower", range="days"),
    Outcome("bruising", "Bruising", SHARE, "share", "a bruise after at least one visit", "lower", shown=("key",),
            of_patients="have a bruise after at least one visit"),
    Outcome("bruising_per_100_visits", "Bruising per 100 visits", EVENTS_PER_100_VISITS, "ratio",
            "visits followed by a bruise per 100 attended visits", "lower", "bruising_events", "visits", 100.0),
    Outcome("serious_events_per_100000", "Serious events per 100,000 patients", EVENTS, "number",
            "expected, not simulated: attended treatments times their published rate", "lower"),
    Outcome("visits", "Visits attended", VISITS, "number", "attended visits", "lower", range="visits",
            shown=("terminal", "key", "gain")),
    Outcome("visits_per_relieved", "Visits per relieved patient", VISITS, "ratio",
            "attended visits of all patients per patient in relief on day 42", "lower", "visits", "relief_day42"),
    Outcome("visits_per_lasting_relief", "Visits per lasting relief", VISITS, "ratio",
            "attended visits of all patients per patient with lasting relief", "lower", "visits", "lasting_relief"),
    Outcome("practitioner_minutes", "Practitioner minutes", MINUTES, "number",
            "minutes of a practitioner for attended visits", "lower", range="minutes", shown=("key", "gain")),
    Outcome("practitioner_minutes_per_relieved", "Minutes per relieved patient", MINUTES, "ratio",
            "practitioner minutes of all patients per patient in relief on day 42", "lower", "practitioner_minutes",
            "relief_day42"),
    Outcome("practitioner_minutes_per_lasting_relief", "Minutes per lasting relief", MINUTES, "ratio",
            "practitioner minutes of all patients per patient with lasting relief", "lower", "practitioner_minutes",
            "lasting_relief"),
    Outcome("cost", "Cost", CURRENCY, "number", "cost of the attended visits", "lower", range="cost",
            shown=("terminal", "key", "gain", "rank")),
    Outcome("cost_per_relieved", "Cost per relieved patient", CURRENCY, "ratio",
            "cost of all patients per patient in relief on day 42", "lower", "cost", "relief_day42"),
    Outcome("cost_per_lasting_relief", "Cost per lasting relief", CURRENCY, "ratio",
            "cost of all patients per patient with lasting relief", "lower", "cost", "lasting_relief",
            shown=("key", "compare", "scenarios")),
    Outcome("pain_reduction", "Pain reduction at the end of the course", POINTS, "number",
            "reported baseline pain minus reported pain the day after the last visit of the arm's own course", "higher",
            range="pain", claim=True, shown=("pain",)),
    Outcome("relief", "Relief by the end of the course", SHARE, "share",
            "ever in relief by the day after the last visit of the arm's own course", "higher", claim=True,
            of_patients="are in relief at some time of their course"),
    Outcome("visits_to_relief", "Visits to relief", VISITS, "time",
            "number of the first visit after which there is relief; patients without relief count as not reached",
            "lower", range="visits", claim=True, shown=("key",)),
    Outcome("satisfied", "Satisfied", SHARE, "share",
            "satisfied at the end of the arm's own course, by the reported drop and adverse events", "higher",
            claim=True, shown=("key", "compare", "shares"),
            of_patients="are satisfied at the end of their course"),
)  # fmt: skip

BY_NAME: dict[str, Outcome] = {outcome.name: outcome for outcome in OUTCOMES}
OUTCOME_NAMES: frozenset[str] = frozenset(outcome.name for outcome in OUTCOMES if outcome.kind != "time")
"""Outcomes whose mean or share can be compared; a time to an event has quantiles only."""
COUNTED: dict[str, Range] = {
    **{outcome.name: outcome.range for outcome in OUTCOMES if outcome.range is not None}, "days_to_relapse": "days",
}  # fmt: skip
"""Recorded numbers whose distribution is counted, and what values they can have."""


_OTHER_UNITS: dict[str, Unit] = {
    "began_by_day42": SHARE, "relapsed_3mo": SHARE, "soreness_events": EVENTS, "bruising_events": EVENTS,
    "days_to_relapse": DAYS, "pain_day42": POINTS, "pain_day133": POINTS, "pain_end": POINTS, "course_end": DAYS,
}  # fmt: skip
"""Units of the recorded numbers that are no outcomes."""


def recorded_unit(name: str) -> Unit:
    """Return the unit of a recorded number; raises KeyError for one that is a code, as `ended_by`."""
    return BY_NAME[name].unit if name in BY_NAME else _OTHER_UNITS[name]


def shown_in(place: Place) -> tuple[str, ...]:
    """Return the names of the outcomes that are shown in a place, in order.

    >>> shown_in("terminal")
    ('lasting_relief', 'visits', 'cost')
    """
    return tuple(outcome.name for outcome in OUTCOMES if place in outcome.shown)


def ratio(recorded: str, per: str) -> str:
    """Return the name of the outcome that is the ratio of one recorded number to another."""
    return next(one.name for one in OUTCOMES if one.kind == "ratio" and (one.recorded, one.per) == (recorded, per))


def limits(
    kind: Range, horizon: float, visits: float, minutes: float, cost: float, worst: float
) -> tuple[float, float]:
    """Return between which values a recorded number lies, the upper end excluded.

    `horizon` in days, the most `visits`, `minutes` and `cost` of a patient, `worst` the loss of utility of a day.

    >>> limits("days", horizon=133, visits=6, minutes=240, cost=600, worst=0.5)
    (0.0, 134.0)
    """
    years = horizon / 365.25
    ends: dict[Range, tuple[float, float]] = {
        "pain": (-10.0, 10.01),
        "days": (0.0, horizon + 1.0),
        "visits": (0.0, visits + 1.0),
        "minutes": (0.0, max(minutes, 1.0) * 1.001),
        "cost": (0.0, max(cost, 1.0) * 1.001),
        "years": (years * (1 - worst), years * 1.001 + math.ulp(1.0)),
        "relapses": (0.0, 64.0),
    }
    return ends[kind]
