"""What a visitor can look at: outcome, arms, number of patients, and the view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.page.results import MOST_PATIENTS, Saved
from sim.quantities import OUTCOMES

SHOWN = [one.name for one in OUTCOMES if one.kind in ("number", "share")]
PATIENTS, CLINIC, ONE_PATIENT = "patients", "clinic", "one patient"
"""The views: what follows for all patients, for a clinic, and for one patient."""
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


@dataclass(frozen=True)
class Choice:
    """What can be chosen, and what is if nobody does."""

    options: tuple[Any, ...]
    first: Any

    def named(self, text: str) -> Any:
        """Return the option that a text names; None if there is none."""
        return next((one for one in self.options if written(one) == text), None)


def choices_of(saved: Saved, usual: int, *, read_only: bool = False) -> Mapping[str, Choice]:
    """Return what can be looked at in a scenario that is shown with so many patients, by name.

    Who may only look does not choose how much is computed, and asks for no outlook of a patient.
    """
    scenario = saved.loaded.scenario
    outcome = scenario.primary.outcome if scenario.primary.outcome in SHOWN else SHOWN[0]
    pairs = [scenario.primary_arms] if scenario.primary_arms else []
    others = ((later, arm) for i, arm in enumerate(scenario.arms) for later in scenario.arms[i + 1 :])
    pairs += [pair for pair in others if not pairs or set(pair) != set(pairs[0])]
    targets: list[tuple[str, ...]] = [*pairs, *((arm,) for arm in scenario.arms)]
    sizes = [usual] if read_only else sorted({*SIZES, usual, min(scenario.cohort.size, MOST_PATIENTS)})
    views = [PATIENTS, *([CLINIC] if scenario.clinic is not None else []), *([] if read_only else [ONE_PATIENT])]
    return {
        "view": Choice(tuple(views), PATIENTS),
        "outcome": Choice(tuple(SHOWN), outcome),
        "arms": Choice(tuple(targets), targets[0]),
        "patients": Choice(tuple(sizes), usual),
    }


def written(option: Any) -> str:
    """Return an option as an address has it."""
    return ",".join(option) if isinstance(option, tuple) else str(option)
