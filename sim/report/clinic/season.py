"""The season in words: the month in which people wait longest, where it stands out, and why."""

from __future__ import annotations

from sim.capacity.assess import Assessment
from sim.capacity.season import Peak, peak
from sim.report.clinic.words import days_words

NOTABLY = 0.05
"""Share by which people who ask, or hours on duty, must differ from the year's to be named as a reason."""


def season_sentence(found: Assessment) -> str:
    """Return a warning of the month in which people wait longest; an empty text if none stands out."""
    top = peak(found.base, found.demand)
    if top is None or not top.is_notable:
        return ""
    why = " and ".join(_reasons(top))
    beyond = f" The courses of those who ask then take {top.excess:,.0f} hours a week more than the clinic can give."
    then, usually = (days_words(one.estimate) for one in (top.wait, top.usual_wait))
    against = f", {usually} over all weeks that are counted" if usually != then else ""
    return (
        f"Who asks in {top.month.name} waits longest: {then} on average for the first visit{against}"
        f"{f', as {why}' if why else ''}.{beyond if top.excess >= 0 else ''}"
    )


def _reasons(top: Peak) -> list[str]:
    found = []
    if top.per_week > (1 + NOTABLY) * top.usual_per_week:
        found.append(f"{top.per_week:.3g} new patients a week ask then ({top.usual_per_week:g} over the year)")
    if top.has_absences and top.hours < (1 - NOTABLY) * top.usual_hours:
        found.append(f"practitioners work {top.hours:.0f} hours a week then (usually {top.usual_hours:.0f})")
    return found
