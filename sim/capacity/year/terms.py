"""What a clinic that books appointments goes by, as arrays for compiled functions."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.capacity.attendance import LEAD_FROM, LEAD_NAMES, threshold
from sim.capacity.model import Model
from sim.capacity.week import WEEK_MINUTES
from sim.scenario.clinic import DAY_MINUTES

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class Terms(NamedTuple):
    """What a clinic goes by.

    By pathway, step and visit, (pathways, steps, visits): `days`, `keys` (the set of skills that it asks for, by
    number), `slots`, `planned` minutes, `prices`, `given` (bits of the skills). `visits`: how many a step has,
    (pathways, steps); `first_prices`: of each skill, by bit. `able`: practitioners with a set of skills, those with the
    fewest skills first, (keys, practitioners), of which the first `able_count` count; `can`: whether one is among
    them. `is_entitled`: whether slots are held for the first visits of a profile. By class of days booked ahead, (5,):
    `lead_from`, `lead_chance` of missing a visit without notice, and what a standard normal number then exceeds.
    `patience` is infinite, `cancels` negative where there is none.
    """

    end: float
    slot_minutes: int
    slots_a_day: int
    first_slot: int
    has_own_rooms: bool
    ahead: int
    patience: float
    release_days: int
    rebooks: bool
    discharge_after: int
    no_show: float
    missed: float
    missed_fee: float
    price_factor: float
    returns: float
    return_delay: float
    cancels: float
    notice: float
    is_timed: bool
    length_sd: float
    length_mean: float
    has_leads: bool
    latent: float
    late: float
    reference: float
    reminded_from: float
    reminder_ratio: float
    lead_from: Whole
    lead_chance: Floats
    lead_edge: Floats
    visits: Whole
    days: Whole
    keys: Whole
    slots: Whole
    planned: Floats
    prices: Floats
    given: Whole
    first_prices: Floats
    able: Whole
    able_count: Whole
    can: NDArray[np.bool_]
    is_entitled: NDArray[np.bool_]


def terms_of(model: Model) -> Terms:
    """Return what a clinic goes by."""
    clinic, booking = model.clinic, model.clinic.booking
    slot = booking.slot_minutes
    plans, skills = model.study.setting.plans, sorted(model.first_visit_price)
    bits = np.array([1 << skills.index(name) for name in model.study.scenario.modalities])
    given = (plans.given * bits).sum(axis=-1)
    sets, keys = np.unique(given, return_inverse=True)
    able, able_count, can = _able(model, [frozenset(s for k, s in enumerate(skills) if one >> k & 1) for one in sets])
    planned = plans.minutes.copy()
    planned[:, :, 0] += model.extra_minutes
    cancellation, spread = clinic.cancellation, math.log1p(float(clinic.visit_spread) ** 2)
    busy = [mask for one in model.team for mask in one.on_duty if mask]
    first = min((mask & -mask).bit_length() - 1 for mask in busy)
    return Terms(
        end=float(clinic.weeks * WEEK_MINUTES),
        slot_minutes=slot,
        slots_a_day=max(mask.bit_length() for mask in busy) - first,
        first_slot=first,
        has_own_rooms=model.rooms >= len(model.team),
        ahead=booking.ahead,
        patience=math.inf if clinic.patience is None else float(clinic.patience),
        release_days=0 if booking.held is None else booking.held.release_days,
        rebooks=clinic.missed.then == "rebooked",
        discharge_after=clinic.missed.discharge_after,
        no_show=model.no_show,
        missed=model.missed,
        missed_fee=model.missed_fee,
        price_factor=model.price_factor,
        returns=float(clinic.returns.share),
        return_delay=float(clinic.returns.delay),
        cancels=-1.0 if cancellation is None else float(cancellation.share),
        notice=0.0 if cancellation is None else float(cancellation.notice_days) * DAY_MINUTES,
        is_timed=model.is_timed,
        length_sd=math.sqrt(spread),
        length_mean=spread / 2,
        **_leads(model),
        visits=plans.visits,
        days=plans.days,
        keys=keys.reshape(given.shape),
        slots=np.maximum(1, -(-planned // slot)).astype(np.int64),
        planned=planned,
        prices=plans.cost,
        given=given,
        first_prices=np.array([model.first_visit_price[name] for name in skills]),
        able=able,
        able_count=able_count,
        can=can,
        is_entitled=np.array([rank < model.ranks_entitled for rank in model.ranks]),
    )  # fmt: skip


def _able(model: Model, sets: list[frozenset[str]]) -> tuple[Whole, Whole, NDArray[np.bool_]]:
    team = model.team
    can = np.array([[one <= worker.skills for worker in team] for one in sets])
    able = np.zeros(can.shape, np.int64)
    for row, who in zip(able, can, strict=True):
        listed = sorted(np.flatnonzero(who).tolist(), key=lambda i: len(team[i].skills))
        row[: len(listed)] = listed
    return able, can.sum(axis=1), can


def _leads(model: Model) -> dict[str, Any]:
    """Return the chances to miss a visit by the days since it was booked."""
    given = model.attendance
    chances = (0.0,) * len(LEAD_NAMES) if given is None else given.no_show
    return {
        "has_leads": given is not None,
        "latent": 0.0 if given is None else given.latent,
        "late": 0.0 if given is None else given.late,
        "reference": 0.0 if given is None else given.reference,
        "reminded_from": math.inf if given is None else float(given.reminded_from),
        "reminder_ratio": 1.0 if given is None else given.reminder_ratio,
        "lead_from": np.array(LEAD_FROM, np.int64),
        "lead_chance": np.array(chances),
        "lead_edge": np.array([threshold(one) for one in chances]),
    }
