"""What a person says of their own practice, to begin a scenario with; what is not said is left to the evidence set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sim.errors import UsageError
from sim.scenario.schema import Scenario

BASE = "article.yaml"
"""The evidence set that a new scenario extends."""
DEFAULT_VISITS = 6
DEFAULT_MINUTES = 20.0
DEFAULT_NEW_PATIENTS = 10.0
WEEKLY = 7.0
MONTHLY = 30.0


@dataclass(frozen=True)
class Treatment:
    """A treatment of one's own without needles.

    `minutes` and `price` (in the scenario's currency) come on top of the visit itself, None if they were not said;
    `removes`: the share of the pain of its kind (`acts_on`) that it takes away at most; `half_after`: visits to half
    of that; `fades`: days in which half of a dose fades.
    """

    name: str
    label: str
    minutes: float | None = None
    price: float | None = None
    removes: float = 0.3
    half_after: float = 4.0
    fades: float = 90.0
    acts_on: str = "muscular"


@dataclass(frozen=True)
class Course:
    """A protocol of one's own: what is done at each visit, how often, and boosters after it; spacing in days."""

    name: str
    label: str
    treatments: tuple[str, ...]
    visits: int = DEFAULT_VISITS
    every_days: float = WEEKLY
    boosters: int = 0
    boosters_every: float = MONTHLY


@dataclass(frozen=True)
class ClinicPlan:
    """A clinic to plan: new patients a week, None if not said; practitioners who work alike; hours as `09:00-13:00`.

    `wage`: what an hour on duty costs, None if not said.
    """

    new_patients: float | None = None
    practitioners: int = 2
    hours: tuple[str, ...] = ("09:00-13:00", "14:00-18:00")
    wage: float | None = None


@dataclass(frozen=True)
class Answers:
    """What was said; None or nothing where nothing was.

    `visit_price` and `prices` (by treatment, on top of the visit) are in `currency`; `patients` holds shares of the
    shipped kinds of patient; `offered` the arms; `no_shows` the share of visits missed; `clinic` False for none.
    """

    currency: str | None = None
    visit_price: float | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    patients: Mapping[str, float] | None = None
    offered: tuple[str, ...] | None = None
    treatments: tuple[Treatment, ...] = ()
    courses: tuple[Course, ...] = ()
    no_shows: float | None = None
    clinic: ClinicPlan | bool | None = None

    @property
    def has_own_prices(self) -> bool:
        """Whether the prices that come with the program are left behind: all are then the user's."""
        return self.visit_price is not None

    def money(self, shipped: Scenario) -> str:
        """Return the currency of the scenario."""
        return self.currency or shipped.costs.currency


def completed(answers: Answers, shipped: Scenario) -> Answers:
    """Return the answers with a course for each own treatment that none gives, and with what is offered.

    Raises UsageError for prices in two currencies at once, and for more treatments than a scenario can hold.
    """
    currency, shipped_in = answers.money(shipped), shipped.costs.currency
    if currency != shipped_in and not answers.has_own_prices:
        raise UsageError(
            f"the prices that come along are in {shipped_in} and are not converted; give your own in {currency}: "
            f"--visit-price, and --price for what a treatment costs on top of it"
        )
    room = most_own_treatments(shipped)
    if len(answers.treatments) > room:
        raise UsageError(f"there is room for {room} treatments of your own; given {len(answers.treatments)}")
    given = {name for course in answers.courses for name in course.treatments}
    courses = list(answers.courses)
    for one in (one for one in answers.treatments if one.name not in given):
        taken = {*shipped.protocols, *shipped.policies, *(course.name for course in courses)}
        courses.append(Course(free_name(one.name, taken), one.label, (one.name,)))
    own = [course.name for course in courses]
    if answers.offered is not None:
        offered = tuple(dict.fromkeys([*answers.offered, *own]))
    else:
        offered = ("usual_care", *own) if own else shipped.arms
    return replace(answers, courses=tuple(courses), offered=offered)


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: the one given, or with a number behind it."""
    return next(one for one in (name, *(f"{name[:36]}_{k}" for k in range(2, 999))) if one not in taken)


def most_own_treatments(shipped: Scenario) -> int:
    """Return how many treatments can be added to those that come with the program."""
    (most,) = (note.max_length for note in Scenario.model_fields["modalities"].metadata if hasattr(note, "max_length"))
    return int(most) - len(shipped.modalities)


def priced(answers: Answers, shipped: Scenario) -> dict[str, float]:
    """Return the prices, on top of the visit, of the treatments that come along, as far as they are the user's.

    With own prices a treatment of which none is given is within the price of the visit.
    """
    known = dict.fromkeys(shipped.modalities, 0.0) if answers.has_own_prices else {}
    return known | {name: price for name, price in answers.prices.items() if name in shipped.modalities}


def assumed_lines(treatments: Iterable[Treatment]) -> Iterator[str]:
    """Yield for each treatment of one's own what it is assumed to do."""
    for one in treatments:
        yield (
            f"{one.label}: taken to remove at most {100 * one.removes:.4g} % of {one.acts_on} pain, half of that after "
            f"{one.half_after:g} visits; an assumption, to be changed under parameters.{one.name}"
        )


def cost_lines(scenario: Scenario) -> Iterator[str]:
    """Yield for each arm that is one protocol what a course costs and takes if every visit is attended."""
    money = scenario.costs.currency
    for arm in scenario.arms:
        if arm not in scenario.protocols:
            continue
        visits = scenario.protocols[arm].visit_modalities
        used = [scenario.modalities[name] for at_visit in visits for name in at_visit]
        first = {name: scenario.modalities[name].first_visit_cost.value for at_visit in visits for name in at_visit}
        price = len(visits) * scenario.costs.visit.value + sum(one.cost.value for one in used) + sum(first.values())
        minutes = len(visits) * scenario.costs.visit_minutes.value + sum(one.minutes.value for one in used)
        several = "visit" if len(visits) == 1 else "visits"
        sums = f"{price:,.10g} {money} and {minutes:,.10g} minutes in all"
        yield f"{scenario.arm_label(arm)}: {len(visits)} {several}, {sums}"
