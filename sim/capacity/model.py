"""A clinic made ready to run: its study, calibrated once, its team, and what the scenario asks that cannot be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim.calibration.targets import Calibration
from sim.capacity.attendance import Attendance, attendance_faults, attendance_of
from sim.capacity.booking_faults import held_faults, walk_in_faults
from sim.capacity.courses import Pathways
from sim.capacity.week import DAYS, Worker, workers
from sim.errors import ScenarioError
from sim.patient.pathway import Rules
from sim.scenario.clinic import Clinic
from sim.scenario.evidence import Quantity
from sim.scenario.schema import Scenario
from sim.study.prepare import Study, prepare


@dataclass(frozen=True)
class Model:
    """Everything about a clinic that does not depend on luck."""

    scenario: Scenario
    clinic: Clinic
    study: Study
    rules: Rules
    pathways: Pathways
    team: tuple[Worker, ...]
    rooms: int
    arms: tuple[str, ...]
    edges: tuple[float, ...]
    no_show: float
    missed: float
    extra_minutes: float
    price_factor: float
    missed_fee: float
    first_visit_price: dict[str, float]
    attendance: Attendance | None
    ranks: tuple[int, ...]

    @property
    def overbooks(self) -> bool:
        """Whether any slot may be booked twice."""
        return self.clinic.booking.overbooked is not None and float(self.clinic.booking.overbooked) > 0

    @property
    def runs_over(self) -> bool:
        """Whether visits may overlap as booked, take longer than booked, or end after duty does."""
        return self.is_timed or self.clinic.booking.form == "walk_in"

    @property
    def is_timed(self) -> bool:
        """Whether visits by appointment may begin or end at other times than booked."""
        return self.overbooks or float(self.clinic.visit_spread) > 0

    @property
    def overtime_factor(self) -> float:
        """What an hour of overtime costs, in hours of duty."""
        return 1.0 if self.clinic.overtime is None else float(self.clinic.overtime.wage_factor)

    @property
    def most_overtime_minutes(self) -> float:
        """By how many minutes a walk-in visit may be planned to end after duty does."""
        return 0.0 if self.clinic.overtime is None else float(self.clinic.overtime.most_minutes)

    @property
    def ranks_entitled(self) -> int:
        """How many ranks of profiles have slots held for their first visits."""
        held, priority = self.clinic.booking.held, self.clinic.booking.priority
        return len(priority) if held is not None and held.kept_for == "priority" else len(priority) + 1

    def rank_of(self, profile: int) -> int:
        """Return the place of a profile in the order of priority; those without any share the last."""
        return self.ranks[profile]

    def arm_of(self, fate: float) -> int:
        """Return which arm a patient gets, by a uniform number."""
        return next((i for i, edge in enumerate(self.edges) if fate < edge), len(self.edges) - 1)

    def with_team(self, number: int) -> Model:
        """Return the same clinic with another number of practitioners, taken from the groups in turn.

        Raises ScenarioError if nobody among them has a skill that is needed.
        """
        team = workers(self.clinic, number)
        _raise(_team_faults(self, team))
        return replace(self, team=team)

    def with_rooms(self, rooms: int) -> Model:
        """Return the same clinic with another number of rooms."""
        return replace(self, rooms=rooms)


def build_model(scenario: Scenario, calibration: Calibration | None = None) -> Model:
    """Return a scenario's clinic, ready to run.

    Raises ScenarioError if it has none or cannot give what it promises.
    """
    clinic = scenario.clinic
    if clinic is None:
        raise ScenarioError(["clinic: this scenario has no clinic; add the section `clinic`, as in clinic.yaml"])
    no_show = float(scenario.attendance.no_show)
    missed = no_show + float(clinic.late_cancellation)
    _raise(attendance_faults(clinic, no_show))
    if missed >= 1:
        raise ScenarioError(
            [
                f"clinic.late_cancellation: with `attendance.no_show` {no_show:g} nobody would ever come; "
                f"together they must be below 1, given {missed:g}"
            ]
        )
    shares = clinic.treatments
    arms = tuple(arm for arm, share in shares.items() if share > 0)
    edges, total = [], 0.0
    for arm in arms:
        total += shares[arm]
        edges.append(total)
    attendance = scenario.attendance.model_copy(update={"no_show": Quantity(value=missed, unit="share")})
    treated = scenario.model_copy(update={"arms": arms, "attendance": attendance})
    study = prepare(treated, calibration)
    rules = study.rules
    if clinic.missed.then == "rebooked":
        rules = rules._replace(no_show=0.0)
    model = Model(
        scenario=scenario,
        clinic=clinic,
        study=study,
        rules=rules,
        pathways=Pathways(study),
        team=workers(clinic),
        rooms=clinic.rooms,
        arms=arms,
        edges=tuple(edges),
        no_show=no_show,
        missed=missed,
        extra_minutes=float(clinic.first_visit_extra_minutes),
        price_factor=float(clinic.money.price_factor),
        missed_fee=float(clinic.money.missed_visit_fee),
        first_visit_price={name: float(one.first_visit_cost) for name, one in scenario.modalities.items()},
        attendance=attendance_of(clinic, no_show),
        ranks=_ranks(scenario, clinic.booking.priority),
    )
    _raise([*_minute_faults(model), *_team_faults(model, model.team)])
    return model


def _ranks(scenario: Scenario, priority: tuple[str, ...]) -> tuple[int, ...]:
    """Return the rank of every profile: its place in the order of priority, or after all of them."""
    return tuple(priority.index(name) if name in priority else len(priority) for name in scenario.profiles)


def _raise(faults: Iterator[str] | list[str]) -> None:
    if found := list(dict.fromkeys(faults)):
        raise ScenarioError(found)


def needs(model: Model) -> Iterator[tuple[str, frozenset[str], float]]:
    """Yield (arm, skills, minutes) of every visit that may have to be made."""
    for arm, paths in model.pathways.by_arm.items():
        for path in paths:
            for step, visits in enumerate(path.visits):
                for visit in range(visits):
                    yield arm, path.skills[step][visit], path.minutes[step][visit]


def _minute_faults(model: Model) -> Iterator[str]:
    for _, skills, minutes in needs(model):
        if minutes <= 0:
            place = f"modalities.{min(skills)}.minutes" if skills else "costs.visit_minutes"
            yield f"{place}: a visit must take time; with `costs.visit_minutes` it takes {minutes:g} minutes"


def _is_never_there(one: Worker, weeks: int) -> bool:
    return bool(one.off) and not any(one.slots_of(day) for day in range(weeks * DAYS))


def _team_faults(model: Model, team: tuple[Worker, ...]) -> Iterator[str]:
    for arm, skills, minutes in needs(model):
        able = [one for one in team if skills <= one.skills]
        label = model.scenario.arm_label(arm)
        if not able:
            wanted = " and ".join(sorted(skills))
            yield (
                f"clinic.practitioners: nobody has the skill that {label} needs: {wanted}"
                if len(skills) == 1
                else f"clinic.practitioners: nobody has all the skills that a visit of {label} needs: {wanted}"
            )
        elif all(one.minutes == 0 or _is_never_there(one, model.clinic.weeks) for one in able):
            yield (
                f"clinic.closed: with the leave of practitioners, nobody who can give {label} works on any day of the "
                f"{model.clinic.weeks} weeks"
            )
        elif model.clinic.booking.form == "appointments":
            slot = model.clinic.booking.slot_minutes
            longest = max(one.longest for one in able)
            wanted_minutes = -int(-(minutes + model.extra_minutes) // slot) * slot
            if wanted_minutes > longest or all(not any(one.on_duty) for one in able):
                yield (
                    f"clinic.practitioners: a first visit of {label} takes {wanted_minutes} minutes, and nobody who "
                    f"can give it works longer than {longest} without a break"
                )
            elif model.clinic.booking.held is not None:
                # Where slots are held for some profiles, first visits of the others must find time beside them.
                all_first = model.clinic.booking.held.kept_for == "first_visits"
                yield from held_faults(model.clinic, able, label, minutes + (0 if all_first else model.extra_minutes))
        else:
            yield from walk_in_faults(model.clinic, able, label, minutes + model.extra_minutes)
