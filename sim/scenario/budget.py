"""A budget impact analysis: who is eligible year by year, what they get now and after a change, who pays what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from sim.scenario.evidence import Frozen, Money, Number, Quantity, Share, Text
from sim.scenario.protocol import Count, Name, as_tuple

NOTHING = "nothing"
"""What the rest gets that gets no arm: no visit, and so no cost."""
MOST_YEARS = 30
_ROUNDING = 1e-9


def _assumed(value: float, unit: str, title: str) -> Any:
    """Return the field of a quantity that a budget need not give, with its default."""
    return Field(
        default_factory=lambda: Quantity(value=value, unit=unit, source="assumption", status="assumption"), title=title
    )


def _by_year(given: Any) -> Any:
    return as_tuple(given if isinstance(given, list | tuple) else [given])


class _OrOne:
    """Says in the schema for editors that a list of one may be written without its brackets."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        return {"anyOf": [found["items"], found]}


ByYear = Annotated[
    tuple[Share, ...],
    Field(min_length=1, max_length=MOST_YEARS, title="Share of the eligible who get it"),
    BeforeValidator(_by_year),
    _OrOne(),
]
"""A share, or one for each year; the last one holds on."""
Mix = Annotated[dict[str, ByYear], Field(max_length=23)]
Texts = Annotated[
    tuple[Annotated[str, Field(min_length=3, max_length=500)], ...],
    Field(min_length=1, max_length=20),
    BeforeValidator(_by_year),
    _OrOne(),
]


class Payer(Frozen):
    """What the payer pays of the price of a visit; `by_arm`: another share for some arms. Patients pay the rest."""

    share: Share = _assumed(1, "share", "Share of the price that the payer pays")
    by_arm: Annotated[dict[str, Share], Field(default_factory=dict, max_length=24, title="Share that the payer pays")]


class ChangeCosts(Frozen):
    """What changing the mix costs beside the visits, counted after the change only, and who pays it."""

    start_up: Money = _assumed(0, "currency", "Paid once, in the first year after the change")
    per_year: Money = _assumed(0, "currency", "Paid every year after the change")
    paid_by: Literal["payer", "clinic"] = "payer"


class Delivery(Frozen):
    """What those who treat spend and have. What is left out is taken from the scenario's `clinic`, if it has one.

    `time_with_patients`: share of the paid hours of practitioners that are spent with patients; `weeks_per_year` in
    which a practitioner works and a room is open.
    """

    wage_per_hour: Money | None = Field(default=None, title="Wage for a paid hour")
    supplies_per_visit: Money | None = Field(default=None, title="Supplies for a visit")
    room_per_week: Money | None = Field(default=None, title="Cost of a room for a week")
    time_with_patients: Annotated[Quantity, Number("share", gt=0, le=1)] = _assumed(
        1, "share", "Share of paid hours spent with patients"
    )
    hours_per_week: Annotated[Quantity, Number("hours", gt=0, le=168)] | None = Field(
        default=None, title="Paid hours of a practitioner in a week"
    )
    room_hours_per_week: Annotated[Quantity, Number("hours", gt=0, le=168)] | None = Field(
        default=None, title="Hours in a week in which a room can be used"
    )
    weeks_per_year: Annotated[Quantity, Number("weeks", gt=0, le=52.2)] = _assumed(
        46, "weeks", "Weeks of work in a year"
    )
    practitioners: Annotated[Count, Field(ge=0, le=1_000_000)] | None = Field(default=None, title="Practitioners now")
    rooms: Annotated[Count, Field(ge=0, le=1_000_000)] | None = Field(default=None, title="Rooms now")


class Budget(Frozen):
    """Who is eligible in each year, what they get `now` and `after` a change, and what is counted.

    People who begin a course in a year: `population`, growing by `growth` a year, times `incidence`, times `eligible`;
    in the first year `prevalence` is added to `incidence`. `now` and `after`: the share of them by arm, or a list with
    one for each year, of which the last holds on; the rest gets `otherwise`, an arm or nothing. `begin`: courses
    begin evenly through the year, or all on its first day. `cases`: one-way scenarios by name, each one or several
    `path=value` as after --set. `first_year` is what the first year is called.
    """

    years: Annotated[Count, Field(ge=1, le=MOST_YEARS)] = Field(default=5, title="Years")
    first_year: Annotated[Count, Field(ge=1900, le=2200)] | None = None
    population: Annotated[Quantity, Number("people", ge=0, le=1e10)] = Field(title="Population")
    growth: Annotated[Quantity, Number("a year", ge=-0.5, le=0.5)] = _assumed(0, "a year", "Growth of the population")
    prevalence: Share = _assumed(0, "share", "Share of the population who have it at the start")
    incidence: Annotated[Quantity, Number("new cases a person and year", ge=0, le=10)] = _assumed(
        0, "new cases a person and year", "New cases a person and year"
    )
    eligible: Share = _assumed(1, "share", "Share of cases who are eligible")
    begin: Literal["evenly", "first_day"] = "evenly"
    now: Mix = Field(title="Share of the eligible who get it now")
    after: Mix = Field(title="Share of the eligible who get it after the change")
    otherwise: Annotated[str, Field(min_length=1, max_length=40)] = NOTHING
    payer: Annotated[Payer, Field(default_factory=Payer)]
    change: Annotated[ChangeCosts, Field(default_factory=ChangeCosts)]
    delivery: Annotated[Delivery, Field(default_factory=Delivery)]
    cases: Annotated[dict[Name, Texts], Field(default_factory=dict, max_length=40)]
    note: Text | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Budget:
        if self.prevalence.value + self.incidence.value <= 0:
            raise PydanticCustomError("eligible", "nobody is eligible: give `prevalence`, `incidence`, or both")
        for which, mix in (("now", self.now), ("after", self.after)):
            for arm, shares in mix.items():
                if len(shares) > self.years:
                    raise PydanticCustomError(
                        "uptake",
                        "{which}.{arm}: has {given} shares; allowed: one, or up to one for each of the {years} years",
                        {"which": which, "arm": arm, "given": len(shares), "years": self.years},
                    )
            for year in range(self.years):
                total = sum(share_in(shares, year) for shares in mix.values())
                if total > 1 + _ROUNDING:
                    raise PydanticCustomError(
                        "uptake",
                        "the shares of `{which}` sum to {total} in year {year}; allowed: at most 1",
                        {"which": which, "total": f"{total:.6g}", "year": year + 1},
                    )
        return self

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that somebody may get, in order: those of now, those of after, what the rest gets."""
        return tuple(dict.fromkeys((*self.now, *self.after, self.otherwise)))

    def year_label(self, year: int) -> str:
        """Return what a year is called, counted from 0."""
        return str(year + 1 if self.first_year is None else self.first_year + year)


def share_in(shares: tuple[Quantity, ...], year: int) -> float:
    """Return the share in a year, counted from 0: the last one holds on."""
    return float(shares[min(year, len(shares) - 1)])
