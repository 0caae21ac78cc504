"""What one practitioner more is said to change, by the waits of nine in ten now and then."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sim.estimate.estimate import Estimate
from sim.report.clinic.staff_text import one_practitioner_more
from sim.units import DAYS, money


def runs(wait: float, error: float = 0.001, *, room_use: float = 0.3, has_costs: bool = True) -> Any:
    of = {
        "wait_p90_days": Estimate.normal(DAYS, wait, error),
        "margin_per_week": Estimate.normal(money("EUR"), 500.0, 5.0),
        "room_use": Estimate.normal(DAYS, room_use, 0.01),
    }
    hours = SimpleNamespace(spans=(((540, 780),),))
    booking = SimpleNamespace(form="appointments")
    clinic = SimpleNamespace(states_costs=has_costs, weeks=12, booking=booking)
    model = SimpleNamespace(team=(hours, hours), rooms=1, clinic=clinic)
    return SimpleNamespace(number=4, model=model, estimate=of.__getitem__)


def said(now: Any, more: Any) -> str:
    return one_practitioner_more(SimpleNamespace(base=now, neighbours=None), more).replace("\N{NO-BREAK SPACE}", " ")  # type: ignore[arg-type]


MARGIN = "bring the margin to €500 a week (from 4 years)."


@pytest.mark.parametrize(
    ("now", "more", "words"),
    [
        (runs(0.095), runs(0.085), f"would leave the wait of nine in ten at 2 hours, and would {MARGIN}"),
        (runs(5.0), runs(3.0), f"would bring the wait of nine in ten to 3.0 days, and {MARGIN.removeprefix('bring ')}"),
        (runs(0.095), runs(0.095, room_use=0.99), f"as there is hardly a wait to shorten, and would {MARGIN}"),
        (runs(5.0), runs(5.0, room_use=0.99), f"nine in ten, as rooms bind, and would {MARGIN}"),
        (runs(5.0), runs(5.0), f"not surely shorten the wait of nine in ten, and would {MARGIN}"),
        (runs(5.0), runs(3.0, has_costs=False), "bring the wait of nine in ten to 3.0 days (from 4 years)."),
    ],
)  # fmt: skip
def test_what_one_practitioner_more_changes(now: Any, more: Any, words: str) -> None:
    assert words in said(now, more)
