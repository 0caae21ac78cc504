"""A clinic in the words of a check list: what it is made of, by what the scenario states of it."""

from __future__ import annotations

from sim.report.checklist.entry import Entry
from sim.report.checklist.facts import arms_words
from sim.report.checklist.known import Known
from sim.report.words.numbers import all_of
from sim.scenario.clinic import Clinic

LOGIC = "2 Logic"
LUCK_OF_CLINIC = (
    "Streams by seed, replication, block and purpose (SFC64, seeded by BLAKE2b); each patient is drawn alone, none "
    "belongs to a treatment or a number of practitioners."
)


def clinic_logic(clinic: Clinic) -> str:
    """Return how visits come about, as a sentence."""
    if clinic.booking.form == "appointments":
        return "In the clinic visits are booked on the first free slot on or after the day on which they are due."
    return "In the clinic patients come when visits are due, and wait for whoever is free."


def variants_words(known: Known) -> str:
    """Return in what runs of a clinic differ, and what is given in it."""
    clinic = known.scenario.clinic
    assert clinic is not None
    given = [clinic.treatment] if isinstance(clinic.treatment, str) else list(clinic.treatment)
    treatments = all_of([known.scenario.arm_label(name) for name in given])
    return (
        f"Patients get {treatments}. Clinics side by side differ in the number of practitioners or rooms, or in the "
        f"treatment, and in nothing else; same requests, patients and luck. Arms of the scenario: {arms_words(known)}."
    )


def clinic_components(known: Known) -> tuple[Entry, ...]:
    """Return the items on entities, activities, resources, queues, entry and exit."""
    clinic = known.scenario.clinic
    assert clinic is not None
    back = "some come back after a relapse" if float(clinic.returns.share) > 0 else "nobody comes back"
    varying = "by hour and weekday" if clinic.arrivals.by_month is None else "by hour, weekday and month"
    return (
        Entry("2.5.1", LOGIC, "Entities", f"Patients with the traits of the cohort; {back}."),
        Entry("2.5.2", LOGIC, "Activities", f"{_visits(clinic)}."),
        Entry("2.5.3", LOGIC, "Resources", f"{_resources(clinic)}."),
        Entry("2.5.4", LOGIC, "Queues", f"{_queues(known, clinic)}."),
        Entry("2.5.5", LOGIC, "Entry and exit",
              f"{float(clinic.arrivals.per_week):g} requests a week (Poisson, {varying}); end of a course, drop-out, "
              "leaving."),
    )  # fmt: skip


def _visits(clinic: Clinic) -> str:
    """Return how long visits take, and which of them do not take place."""
    parts = [f"Visits of {clinic.booking.visit_length} length"]
    if spread := float(clinic.visit_spread):
        parts = [f"Visits of lognormal length about the planned one, sd {100 * spread:g} % of it"]
    if clinic.no_shows is not None:
        parts.append("missed by days ahead and person")
    if clinic.reminders is not None:
        parts.append("reminders before them")
    if clinic.cancellation is not None and float(clinic.cancellation.share) > 0:
        parts.append("some cancelled in time")
    return "; ".join(parts)


def _resources(clinic: Clinic) -> str:
    """Return who works and where, and when they do not."""
    people = ", ".join(f"{one.count} {one.label or name}" for name, one in clinic.practitioners.items())
    team = clinic.practitioners.values()
    when = {
        "rosters of several weeks": any(one.roster is not None for one in team),
        "closing days": bool(clinic.closed),
        "leave": any(one.leave for one in team),
        "illness": any(one.illness is not None for one in team),
        "overtime": clinic.overtime is not None,
    }
    stated = [name for name, is_stated in when.items() if is_stated]
    rooms = f"{clinic.rooms} room{'s' if clinic.rooms > 1 else ''}"
    return f"{people}; {rooms}{f'; {all_of(stated)}' if stated else ''}"


def _queues(known: Known, clinic: Clinic) -> str:
    """Return where patients wait, who is served first, and who leaves."""
    booking = clinic.booking
    order = all_of([known.scenario.profile_label(name) for name in booking.priority]) if booking.priority else ""
    if booking.form == "appointments":
        parts = ["An appointment book"]
        held = booking.held is not None and float(booking.held.share) > 0
        parts += ["slots held for first visits"] if held else []
        parts += ["slots booked twice"] if booking.overbooked is not None and float(booking.overbooked) > 0 else []
        parts += ["calls into freed slots"] if booking.calls is not None and booking.calls.most else []
        parts += [f"held slots or calls for {order} first"] if order else []
    else:
        parts = ["One waiting room, first come first served", *([f"{order} before the others"] if order else [])]
    leaves = "patients leave by their patience" if clinic.patience is not None else "nobody leaves for the wait"
    return "; ".join([*parts, leaves])
