"""The clinic on the page: the saved and the tuned one, a few years each with the same luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sim.capacity.assess import Assessment
from sim.capacity.catalogue import MEASURE, RATIOS
from sim.capacity.demand import demand
from sim.capacity.model import build_model
from sim.capacity.replicate import Replications, Runner, mean_of, replicate, unit_of
from sim.capacity.warm_up import WarmUp
from sim.estimate.estimate import Estimate
from sim.page.results import Saved, study_of
from sim.scenario.schema import Scenario
from sim.units import DAYS

YEARS = 4
"""Replications on the page: enough to see a change, few enough to wait for."""
WARM_UP_SHARE = 0.2
ROWS = (
    "wait_p50_days", "wait_p90_days", "wait_within", "gave_up_per_week", "on_time", "utilisation", "room_use",
    "visits_per_week", "lasting_per_week", "revenue_per_week", "cost_per_week", "margin_per_week", "cost_per_lasting",
)  # fmt: skip


@dataclass(frozen=True)
class ClinicChange:
    """A clinic as saved and as tuned, on the same patients with the same luck."""

    saved: Assessment
    tuned: Assessment

    def change(self, name: str) -> Estimate | None:
        """Return how far a measure moved, paired; None for a ratio."""
        if name in RATIOS:
            return None
        values = self.tuned.base.values(name) - self.saved.base.values(name)
        return mean_of(values, unit_of(self.saved.model, name))


def clinic_change(saved: Saved, values: Mapping[str, str], patients: int) -> ClinicChange:
    """Return the saved and the tuned clinic; raises what makes one impossible."""
    before, after = (saved.with_values(given, patients).scenario for given in ({}, values))
    return ClinicChange(*(_assessed(_Kept(scenario)) for scenario in (before, after)))


def measure_label(name: str) -> str:
    """Return what a measure is called, with its unit."""
    measure = MEASURE[name]
    return f"{measure.label} ({measure.unit})" if measure.unit == DAYS else measure.label


class _Kept:
    """A scenario as a key: two with the same content are the same."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.content = scenario.model_dump_json()

    def __hash__(self) -> int:
        return hash(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.content == other.content


@lru_cache(maxsize=16)
def _assessed(key: _Kept) -> Assessment:
    model = build_model(key.scenario, study_of(key.scenario).calibration)
    given = model.clinic.warm_up
    # Both clinics must leave out the same weeks, or they could not be compared.
    weeks = given if isinstance(given, int) else round(WARM_UP_SHARE * model.clinic.weeks)
    base: Replications = replicate(model, Runner(None), YEARS, warm_up=WarmUp(weeks, True))
    return Assessment(base, demand(model, base.estimate("requests_per_week").estimate), None, None)
