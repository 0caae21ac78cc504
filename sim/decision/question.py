"""What a protocol search is asked: the outcome to improve, budgets to keep to, and how sure to be."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.decision.selection import Plan
from sim.errors import UsageError, did_you_mean
from sim.luck.streams import BLOCK_SIZE
from sim.quantities import BY_NAME, COST, OUTCOMES, PRACTITIONER_MINUTES, VISITS_ATTENDED, Outcome
from sim.scenario.schema import Scenario
from sim.scenario.typed_numbers import SHARE, as_percent, how_to_write, plain_number

_BUDGET = re.compile(r"\s*(\w+)\s*(<=|>=)\s*(\S+(?:\s*%)?)\s*")
_AVERAGED = tuple(outcome for outcome in OUTCOMES if outcome.kind in ("number", "share"))


@dataclass(frozen=True)
class Budget:
    """A bound on the mean of an outcome: at most `limit`, or at least if `is_floor`."""

    outcome: Outcome
    limit: float
    is_floor: bool

    @property
    def sign(self) -> float:
        """Return 1 if more of the outcome is over the budget, -1 if less of it is."""
        return -1.0 if self.is_floor else 1.0

    @property
    def text(self) -> str:
        """Return the budget as it is given on the command line."""
        return f"{self.outcome.name}{'>=' if self.is_floor else '<='}{self.limit:g}"


@dataclass(frozen=True)
class Question:
    """What is asked: improve `objective` within `budgets`, and show it `against` another outcome."""

    objective: Outcome
    budgets: tuple[Budget, ...]
    against: Outcome
    plan: Plan
    max_patients: int

    @property
    def sign(self) -> float:
        """Return 1 if more of the objective is better, -1 if less is."""
        return 1.0 if self.objective.better == "higher" else -1.0

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Outcomes that the search looks at, the objective first, each once."""
        asked = [self.objective, self.against, *(budget.outcome for budget in self.budgets)]
        return tuple(
            dict.fromkeys([*asked, *(BY_NAME[name] for name in (COST, PRACTITIONER_MINUTES, VISITS_ATTENDED))])
        )


def ask(
    scenario: Scenario,
    objective: str | None = None,
    budgets: Sequence[str] = (),
    against: str | None = None,
    confidence: float = 0.95,
    indifference: float | None = None,
    max_patients: int = 500_000,
) -> Question:
    """Return the question; the objective is the scenario's primary outcome unless another is named.

    Raises UsageError naming the option, what was given and what is allowed.
    """
    directed = [outcome for outcome in _AVERAGED if outcome.better is not None]
    wanted = _outcome("--objective", objective or scenario.primary.outcome, directed)
    spent = [outcome for outcome in _AVERAGED if outcome.better == "lower" and outcome is not wanted]
    default = PRACTITIONER_MINUTES if wanted.name == COST else COST
    shown = _outcome("--against", against or default, spent)
    if not 0.5 <= confidence < 1:
        raise UsageError(f"--confidence {confidence:g}: must be a probability from 0.5 to below 1, as 0.95")
    if indifference is not None and not 0 < indifference < math.inf:
        raise UsageError(f"--indifference {indifference:g}: must be a number above 0, in {wanted.unit}")
    if max_patients < BLOCK_SIZE:
        raise UsageError(f"--max-patients {max_patients}: must be at least {BLOCK_SIZE}, the patients of a block")
    kept = tuple(dict.fromkeys(_budget(text) for text in budgets))
    tolerances = tuple(budget.outcome.unit.worth_finding for budget in kept)
    plan = Plan(confidence, indifference or wanted.unit.worth_finding, tolerances)
    return Question(wanted, kept, shown, plan, max_patients)


def _budget(text: str) -> Budget:
    found = _BUDGET.fullmatch(text)
    place = f"--budget {text if text.isprintable() and len(text) < 60 else ascii(text)[:60]}"
    if found is None:
        raise UsageError(f"{place}: must read outcome<=number or outcome>=number, as cost<=400")
    outcome = _outcome(place, found[1], _AVERAGED)
    percent = SHARE if outcome.kind == "share" else None
    limit = plain_number(found[3], percent)
    if limit is None or not math.isfinite(limit):
        advice = how_to_write(found[3], percent)
        raise UsageError(f"{place}: must end in a number{f'; {advice}' if advice else ''}; given '{found[3]}'")
    if outcome.kind == "share" and not 0 <= limit <= 1:
        advice = as_percent(limit)
        raise UsageError(f"{place}: {outcome.name} is a share; allowed: 0 to 1{f'; {advice}' if advice else ''}")
    return Budget(outcome, limit, found[2] == ">=")


def _outcome(place: str, name: str, allowed: Iterable[Outcome]) -> Outcome:
    names = [outcome.name for outcome in allowed]
    if name not in names:
        kind = "not one that can be used here" if name in BY_NAME else "unknown outcome"
        near = did_you_mean(name, names)
        shown = f"{place} {name}" if not place.startswith("--budget") else place
        raise UsageError(f"{shown}: {kind}; allowed: {', '.join(names)}.{near}")
    return BY_NAME[name]
