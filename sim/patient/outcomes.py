"""The outcomes: their names in every file, units and definitions, and where the kernel records them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

# Rows of the kernel's output: one number per patient and arm.
PAIN_REDUCTION: Final = 0
PAIN_REDUCTION_DAY42: Final = 1
RELIEF: Final = 2
SORENESS: Final = 3
SORENESS_EVENTS: Final = 4
SORENESS_DAYS: Final = 5
BRUISING: Final = 6
BRUISING_EVENTS: Final = 7
SATISFIED: Final = 8
RELAPSE_TREATED: Final = 9
LASTING_RELIEF: Final = 10
VISITS: Final = 11
MINUTES: Final = 12
COST: Final = 13
PAIN_FREE_DAYS: Final = 14
QALY: Final = 15
N_ADDITIVE: Final = 16
"""Rows below this one are averaged; the rows from here on are kept per patient only."""
VISITS_TO_RELIEF: Final = 16
DAYS_TO_RELIEF: Final = 17
PAIN_END: Final = 18
COURSE_END: Final = 19
DAYS_TO_RELAPSE: Final = 20
ENDED_BY: Final = 21
N_ROWS: Final = 22

THREE_MONTHS: Final = 91.0
"""Days after the course within which a relapse counts, as in the article's "Relapse Within 3 Months"."""

# Values of ENDED_BY.
COMPLETED: Final = 0.0
STOPPED: Final = 1.0
DISCHARGED: Final = 2.0
DROPPED_OUT: Final = 3.0

Kind = Literal["number", "share", "ratio", "time"]


@dataclass(frozen=True)
class Outcome:
    """An outcome: how it is named, counted and read.

    `kind`: a `number` or `share` per patient; a `ratio` of two totals; a `time` to an event, censored at the end of
    the course. `row` is its row in the kernel's output (of the numerator, for a ratio, with `per` for the denominator).
    `better` says which way is good for the patient or the payer, where that is plain.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    row: int
    definition: str
    better: Literal["higher", "lower"] | None = None
    per: int = -1
    factor: float = 1.0

    @property
    def in_sentence(self) -> str:
        """The label as it stands within a sentence; an abbreviation keeps its capitals."""
        return self.label if self.label[:2].isupper() else self.label[0].lower() + self.label[1:]


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("pain_reduction", "Pain reduction at the end of the course", "NRS points", "number", PAIN_REDUCTION,
            "reported baseline pain minus reported pain at the end of the arm's course", "higher"),
    Outcome("pain_reduction_day42", "Pain reduction at day 42", "NRS points", "number", PAIN_REDUCTION_DAY42,
            "reported baseline pain minus reported pain at day 42: the same day for every arm", "higher"),
    Outcome("relief", "Relief by the end of the course", "share", "share", RELIEF,
            "pain has fallen by the minimal important change by the end of the course", "higher"),
    Outcome("visits_to_relief", "Visits to relief", "visits", "time", VISITS_TO_RELIEF,
            "number of the first visit with relief; patients without relief count as not reached", "lower"),
    Outcome("days_to_relief", "Days to relief", "days", "time", DAYS_TO_RELIEF,
            "day after the first visit with relief; patients without relief count as not reached", "lower"),
    Outcome("soreness", "Soreness", "share", "share", SORENESS, "sore after at least one visit", "lower"),
    Outcome("soreness_per_100_visits", "Soreness per 100 visits", "events per 100 visits", "ratio", SORENESS_EVENTS,
            "visits followed by soreness per 100 attended visits", "lower", VISITS, 100.0),
    Outcome("soreness_days", "Days with soreness", "days", "number", SORENESS_DAYS,
            "days of soreness added over the course", "lower"),
    Outcome("bruising", "Bruising", "share", "share", BRUISING, "a bruise after at least one visit", "lower"),
    Outcome("bruising_per_100_visits", "Bruising per 100 visits", "events per 100 visits", "ratio", BRUISING_EVENTS,
            "visits followed by a bruise per 100 attended visits", "lower", VISITS, 100.0),
    Outcome("satisfied", "Satisfied", "share", "share", SATISFIED,
            "reported drop, less the penalty for an adverse event, reaches the satisfaction threshold", "higher"),
    Outcome("relapse_3mo", "Relapse within 3 months, of the relieved", "share of relieved", "ratio", RELAPSE_TREATED,
            "relapsed within 91 days after the course, among patients relieved at its end", "lower", RELIEF),
    Outcome("relapse_3mo_treated", "Relapse within 3 months, of all treated", "share", "share", RELAPSE_TREATED,
            "relieved and relapsed within 91 days after the course, among all patients"),
    Outcome("lasting_relief", "Lasting relief", "share", "share", LASTING_RELIEF,
            "relieved at the end of the course and no relapse within 91 days", "higher"),
    Outcome("visits", "Visits attended", "visits", "number", VISITS, "attended visits", "lower"),
    Outcome("visits_per_relieved", "Visits per relieved patient", "visits", "ratio", VISITS,
            "attended visits of all patients per patient relieved", "lower", RELIEF),
    Outcome("visits_per_lasting_relief", "Visits per lasting relief", "visits", "ratio", VISITS,
            "attended visits of all patients per patient with lasting relief", "lower", LASTING_RELIEF),
    Outcome("practitioner_minutes", "Practitioner minutes", "minutes", "number", MINUTES,
            "minutes of a practitioner, booster visits included", "lower"),
    Outcome("practitioner_minutes_per_relieved", "Minutes per relieved patient", "minutes", "ratio", MINUTES,
            "practitioner minutes of all patients per patient relieved", "lower", RELIEF),
    Outcome("practitioner_minutes_per_lasting_relief", "Minutes per lasting relief", "minutes", "ratio", MINUTES,
            "practitioner minutes of all patients per patient with lasting relief", "lower", LASTING_RELIEF),
    Outcome("cost", "Cost", "currency", "number", COST, "cost of the visits, booster visits included", "lower"),
    Outcome("cost_per_relieved", "Cost per relieved patient", "currency", "ratio", COST,
            "cost of all patients per patient relieved", "lower", RELIEF),
    Outcome("cost_per_lasting_relief", "Cost per lasting relief", "currency", "ratio", COST,
            "cost of all patients per patient with lasting relief", "lower", LASTING_RELIEF),
    Outcome("pain_free_days", "Days with little pain", "days", "number", PAIN_FREE_DAYS,
            "days with pain at or below the threshold from the first visit to the horizon", "higher"),
    Outcome("qaly", "QALYs", "QALY", "number", QALY,
            "quality-adjusted life years from the first visit to the horizon", "higher"),
)  # fmt: skip

BY_NAME: dict[str, Outcome] = {outcome.name: outcome for outcome in OUTCOMES}
OUTCOME_NAMES: frozenset[str] = frozenset(outcome.name for outcome in OUTCOMES if outcome.kind != "time")
"""Outcomes whose mean or share can be compared; a time to relief has quantiles only."""
