"""What a budget counts, by year and arm: people, money by who pays, hours, rooms, people helped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from sim.decision.budget.flows import HELPED
from sim.quantities import BY_NAME, VISITS_ATTENDED
from sim.units import CURRENCY, HOURS, NUMBER, PATIENTS, QALYS, VISITS, Unit

TOTAL_QALYS: Final = replace(QALYS, decimals=1, unsure=1)
"""Those of many people, of which no ten-thousandth is told."""

Who = Literal["people", "payer", "patients", "clinic", "work", "helped"]

STARTING: Final = "starting"
PAYER_COST: Final = "payer_cost"
PATIENT_COST: Final = "patient_cost"
INCOME: Final = "income"
SPENDING: Final = "spending"
MARGIN: Final = "margin"
HOURS_WORKED: Final = "hours"
PRACTITIONERS: Final = "practitioners"
ROOMS: Final = "rooms"


@dataclass(frozen=True)
class Measure:
    """A measure: its name, label and unit, whose it is, and what it counts. `is_level`: of years the mean, not the
    sum, is told.
    """

    name: str
    label: str
    unit: Unit
    of: Who
    definition: str
    is_level: bool = False


MEASURES: tuple[Measure, ...] = (
    Measure(STARTING, "People who begin", PATIENTS, "people", "eligible people who begin a course in the year"),
    Measure(VISITS_ATTENDED, "Visits", VISITS, "people", "attended visits that fall in the year"),
    Measure(PAYER_COST, "Payer pays", CURRENCY, "payer",
            "the payer's share of the price of attended visits, in the year of each visit, and the costs of the change "
            "where the payer bears them"),
    Measure(PATIENT_COST, "Patients pay", CURRENCY, "patients",
            "the rest of the price of attended visits, and fees for missed ones"),
    Measure(INCOME, "Clinic earns", CURRENCY, "clinic", "the price of attended visits and fees for missed ones"),
    Measure("wages", "Wages", CURRENCY, "clinic",
            "paid hours times the wage: hours with patients divided by the share of paid time that they take"),
    Measure("supplies", "Supplies", CURRENCY, "clinic", "supplies of attended visits"),
    Measure("room_cost", "Rooms", CURRENCY, "clinic", "rooms needed times the cost of a room in all weeks"),
    Measure(SPENDING, "Clinic spends", CURRENCY, "clinic",
            "wages, supplies and rooms, and the costs of the change where the clinic bears them; overhead is left out"),
    Measure(MARGIN, "Clinic's margin", CURRENCY, "clinic", "what the clinic earns less what it spends"),
    Measure(HOURS_WORKED, "Practitioner hours", HOURS, "work", "hours of practitioners with patients"),
    Measure(PRACTITIONERS, "Practitioners needed", NUMBER, "work",
            "paid hours divided by those of a practitioner in a year; over all years their mean", is_level=True),
    Measure(ROOMS, "Rooms needed", NUMBER, "work",
            "hours with patients divided by those of a room in a year; over all years their mean", is_level=True),
    *(Measure(name, BY_NAME[name].label, PATIENTS if BY_NAME[name].unit.is_share else TOTAL_QALYS, "helped",
              f"of those who begin in the year: {BY_NAME[name].definition}")
      for name in HELPED),
)  # fmt: skip
PLACE: dict[str, int] = {one.name: k for k, one in enumerate(MEASURES)}
MEASURE: dict[str, Measure] = {one.name: one for one in MEASURES}
