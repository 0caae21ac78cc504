"""Visits that could never take place: longer than anybody's duty, or than what is left beside held slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.capacity.held import held_slots, longest_run
from sim.capacity.stretches import stretches_of
from sim.capacity.week import DAYS, Worker
from sim.scenario.clinic import Clinic


def walk_in_faults(clinic: Clinic, able: Sequence[Worker], label: str, minutes: float) -> Iterator[str]:
    """Yield that a walk-in visit would end too long after the duty of everybody who can give it.

    `label`: of the arm; `minutes`: that the visit is planned to take.
    """
    overtime = 0.0 if clinic.overtime is None else float(clinic.overtime.most_minutes)
    longest = max(stretches_of([one], clinic.weeks * DAYS).longest for one in able)
    if minutes > longest + overtime:
        yield (
            f"clinic.practitioners: a first visit of {label} takes {minutes:g} minutes, and nobody who can give it "
            f"works longer than {longest:g} without a break; `clinic.overtime.most_minutes` allows {overtime:g} more"
        )


def held_faults(clinic: Clinic, able: Sequence[Worker], label: str, minutes: float) -> Iterator[str]:
    """Yield that slots held for others leave no time for a visit of so many minutes of an arm called `label`."""
    held, slot = clinic.booking.held, clinic.booking.slot_minutes
    if held is None:
        return
    of = held_slots(tuple(able), held).of
    free = [
        longest_run(on_duty & ~kept)
        for one, days in zip(able, of, strict=True)
        for on_duty, kept in zip(one.on_duty, days, strict=True)
    ]
    if max(free) * slot < minutes:
        yield (
            f"clinic.booking.held.share: {float(held.share):g} leaves no {minutes:g} minutes in a row for a visit of "
            f"{label} for which no slots are held; at most {max(free) * slot} are left"
        )
