"""Adding up: from flows per patient and people by year to every measure by year and arm, now, after, and the change."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.decision.budget.flows import HELPED, OFFSETS, PART, TIMED
from sim.decision.budget.measures import MEASURES, PLACE
from sim.decision.budget.terms import WEEKS_PER_YEAR, Terms
from sim.estimate.rounding import each_unless_rounding
from sim.quantities import VISITS_ATTENDED

Floats = NDArray[np.float64]

NOW, AFTER, CHANGE = 0, 1, 2
MIXES: Final = ("now", "after", "change")
"""What is told: the mix as it is now, after the change, and the difference that the change makes."""
TIMED_PLACES = np.array([[PART[name, after] for after in range(OFFSETS)] for name in TIMED])
HELPED_PLACES = np.array([PART[name, 0] for name in HELPED])
IS_LEVEL = np.array([one.is_level for one in MEASURES])


def ledger(flows: Floats, terms: Terms) -> Floats:
    """Return every measure, (mixes, years + 2, units, arms + 2, measures), of flows, (units, arms, parts).

    After the years stand all of them together, and what falls after the last one; after the arms the costs of the
    change itself, and everything together. What is not stated is NaN.
    """
    starts = np.stack([terms.now, terms.after, terms.after - terms.now])
    years, (units, arms, _) = starts.shape[1], flows.shape
    timed = np.moveaxis(flows[:, :, TIMED_PLACES], 2, 0)  # (flows, units, arms, offsets)
    timed = timed * terms.is_treated[:, None]
    by_year = np.zeros((len(TIMED), 3, years + OFFSETS - 1, units, arms))
    for after in range(OFFSETS):
        by_year[:, :, after : after + years] += starts[None, :, :, None, :] * timed[:, None, None, :, :, after]
    price, minutes, visits, first, missed = np.concatenate(
        [by_year[:, :, :years], by_year[:, :, years:].sum(axis=2, keepdims=True)], axis=2
    )
    found = np.zeros((3, years + 1, units, arms + 1, len(MEASURES)))
    paid, fees = price * terms.price_factor, missed * terms.missed_fee
    hours = (minutes + first * terms.first_visit_minutes) / 60
    rooms = hours / (terms.room_hours_per_week * terms.weeks)
    people = found[..., :arms, :]
    people[:, :years, :, :, PLACE["starting"]] = starts[:, :, None, :]
    for name, amount in {
        VISITS_ATTENDED: visits,
        "payer_cost": paid * terms.payer,
        "patient_cost": paid * (1 - terms.payer) + fees,
        "income": paid + fees,
        "wages": hours / terms.with_patients * terms.wage,
        "supplies": visits * terms.supplies,
        "room_cost": rooms * terms.room_week * WEEKS_PER_YEAR if terms.room_week else 0.0 * hours,
        "hours": hours,
        "practitioners": hours / terms.with_patients / (terms.hours_per_week * terms.weeks),
        "rooms": rooms,
    }.items():
        people[..., PLACE[name]] = amount
    for k, name in enumerate(HELPED):
        people[:, :years, :, :, PLACE[name]] = starts[:, :, None, :] * flows[:, :, HELPED_PLACES[k]]
    own = np.full(years + 1, terms.per_year)
    own[0], own[-1] = own[0] + terms.start_up, 0.0
    bears = "payer_cost" if terms.payer_pays_change else "spending"
    found[[AFTER, CHANGE], :, :, arms, PLACE[bears]] = own[:, None]
    found[..., PLACE["spending"]] += sum(found[..., PLACE[name]] for name in ("wages", "supplies", "room_cost"))
    found[..., PLACE["margin"]] = found[..., PLACE["income"]] - found[..., PLACE["spending"]]
    found = np.concatenate([found, found.sum(axis=3, keepdims=True)], axis=3)
    together = found[:, :years].sum(axis=1, keepdims=True)
    together[..., IS_LEVEL] /= years
    found = np.concatenate([found[:, :years], together, found[:, years:]], axis=1)
    found[CHANGE] = each_unless_rounding(found[CHANGE], np.abs(found[NOW]) + np.abs(found[AFTER]))
    return found
