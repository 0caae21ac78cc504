"""Who misses a visit: by the days since it was booked, by the person, and by whether there was a reminder."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from scipy.special import ndtri, owens_t

from sim.roots import root_between
from sim.scenario.bookings import LEAD_CLASSES
from sim.scenario.clinic import Clinic

LEAD_FROM = tuple(first for first, _ in LEAD_CLASSES)
LEAD_NAMES = tuple(name for _, name in LEAD_CLASSES)
_EXACT = 1e-12


@dataclass(frozen=True)
class Attendance:
    """The chances to miss a visit.

    `no_show`: share missed without notice, by class of days booked ahead, (5,); `reference`: that of the class of
    reference; `late`: share cancelled too late in that class; `latent`: how much of what makes people miss visits is
    the person's own, as the correlation of a standard normal number of which each visit has one. The visit is missed
    if the number is among the highest that the share allows, so the shares hold whatever the correlation.
    `reminded_from`: days booked ahead from which there is a reminder, infinite for none; `reminder_ratio`: what it
    leaves of each person's chance.
    """

    no_show: tuple[float, ...]
    reference: float
    late: float
    latent: float
    reminded_from: float
    reminder_ratio: float

    def chances(self, days_ahead: int, person: float) -> tuple[float, float]:
        """Return the chance that a visit booked so many days ahead is missed without notice, and in any way.

        `person`: standard normal, high for who misses many.
        """
        chance = self.no_show[lead_class(days_ahead)]
        if self.latent > 0 and 0 < chance < 1:
            edge = (threshold(chance) - math.sqrt(self.latent) * person) / math.sqrt(1 - self.latent)
            chance = math.erfc(edge / math.sqrt(2)) / 2
        if days_ahead >= self.reminded_from:
            chance *= self.reminder_ratio
        return chance, chance + self.late * ((1 - chance) / (1 - self.reference))

    def mean_missed(self) -> float:
        """Return the share missed in any way in the class of reference, with its reminder."""
        chance = self.reference * (self.reminder_ratio if self.reminded_from <= 1 else 1.0)
        return chance + self.late * ((1 - chance) / (1 - self.reference))


def lead_class(days_ahead: int) -> int:
    """Return the class of a number of days between booking and visit, from 0."""
    return bisect_right(LEAD_FROM, days_ahead) - 1


def threshold(chance: float) -> float:
    """Return what a standard normal number exceeds with a chance."""
    return -float(ndtri(chance))


def latent_correlation(share: float, correlation: float) -> float:
    """Return the correlation of two standard normal numbers of which exceeding a threshold is so correlated.

    `share`: the chance to exceed it; `correlation`: of the two events, from 0 to below 1.
    """
    if correlation <= 0 or not 0 < share < 1:
        return 0.0
    edge = threshold(share)

    def excess(latent: float) -> float:
        both = share - 2 * float(owens_t(edge, math.sqrt((1 - latent) / (1 + latent))))
        return (both - share**2) / (share * (1 - share)) - correlation

    return root_between(excess, 0.0, 1.0, _EXACT)


def attendance_of(clinic: Clinic, no_show: float) -> Attendance | None:
    """Return the chances to miss a visit, None where all visits are alike.

    `no_show`: share missed of visits booked 1 to 3 days ahead, without reminders.
    """
    given, reminders = clinic.no_shows, clinic.reminders
    if given is None and reminders is None:
        return None
    ratios = [1.0 if given is None else given.ratio(name) for name in LEAD_NAMES]
    return Attendance(
        no_show=tuple(no_show * ratio for ratio in ratios),
        reference=no_show,
        late=float(clinic.late_cancellation),
        latent=0.0 if given is None else latent_correlation(no_show, float(given.correlation)),
        reminded_from=math.inf if reminders is None else reminders.days_before,
        reminder_ratio=1.0 if reminders is None else float(reminders.no_show_ratio),
    )


def attendance_faults(clinic: Clinic, no_show: float) -> Iterator[str]:
    """Yield classes of days booked ahead of whose visits more than all would be missed."""
    if clinic.no_shows is None:
        return
    for name in LEAD_NAMES:
        ratio = clinic.no_shows.ratio(name)
        if no_show * ratio > 1:
            yield (
                f"clinic.no_shows.{name}: {ratio:g} times `attendance.no_show` ({no_show:g}) is {no_show * ratio:g}, "
                f"more than all visits; at most {1 / no_show:.4g}"
            )
